import pandas as pd
from digitalhub_runtime_python import handler
from sklearn.datasets import load_iris


@handler(outputs=["flowers"])
def generate():
    """
    The measures of 150 flowers, with their species
    """
    flowers = load_iris(as_frame=True)
    return pd.concat([flowers.data, flowers.target.to_frame("species")], axis=1)
