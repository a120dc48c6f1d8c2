"""Data, files and a model, logged to S3 and read again."""

import json
import pickle
from pathlib import Path

import digitalhub as dh
import pandas as pd

project = dh.get_or_create_project("files")

table = pd.DataFrame({"city": ["Rome", "Trento"], "people": [2_750_000, 118_000], "share": [0.5, None]})
logged = project.log_table(name="cities", data=table)
Path("notes.txt").write_text("remember")
notes = project.log_artifact(name="notes", kind="artifact", source="notes.txt")
Path("model").mkdir()
Path("model/model.pkl").write_bytes(pickle.dumps({"weight": 2}))
model = project.log_model(name="weights", kind="sklearn", source="model/", framework="pickle")

read = project.get_dataitem("cities")
frame = read.as_df()
where = project.get_artifact("notes").download("downloaded/", overwrite=True)
weights = project.get_model("weights").download("weights/", overwrite=True)
print(
    json.dumps(
        {
            "path": read.spec.path,
            "same": bool(frame.equals(table)),
            "state": read.status.state,
            "schema": read.spec.schema["fields"],
            "preview": read.status.preview["rows"],
            "notes": Path(where).read_text(),
            "hash": notes.files[0]["hash"][:4],
            "size": notes.status.files[0]["size"],
            "weights": pickle.loads(Path(weights).read_bytes()),
            "model": model.spec.path.endswith("/"),
        }
    )
)
