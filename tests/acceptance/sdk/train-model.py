import os
from pickle import dump

from digitalhub_runtime_python import handler
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC


@handler(outputs=["model"])
def train(project, flowers):
    """
    Train a classifier of flowers
    """
    frame = flowers.as_df()
    measures, species = frame.drop(columns=["species"]), frame["species"]
    train_x, test_x, train_y, test_y = train_test_split(measures, species, test_size=0.2, random_state=0)
    classifier = SVC().fit(train_x, train_y)

    if not os.path.exists("model"):
        os.makedirs("model")
    with open("model/flowers.pkl", "wb") as file:
        dump(classifier, file, protocol=5)

    model = project.log_model(name="flowers-svc", kind="sklearn", source="./model/", framework="sklearn")
    model.log_metrics({"accuracy": accuracy_score(test_y, classifier.predict(test_x))})
    return model
