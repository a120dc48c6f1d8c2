"""The verbs of `%dh`: what each is for, its options and examples. Help, completion and the parser read this table."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import Invalid, did_you_mean
from ..sweeping.request import PRUNERS
from .parse import Option
from .where import OF_KERNEL, WHERE


@dataclass(frozen=True)
class Verb:
    """One verb. `later` says what to do instead while the verb is not there yet; `assigns`: it takes name=value words;
    `values`: how many plain words it takes, at least and at most. `in_shell`: usage and examples of `dh` in a shell, where
    they are others; `notebook_only`: a shell can't have it."""

    name: str
    usage: str
    says: str
    examples: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    values: tuple[int, int] = (0, 0)
    assigns: bool = False
    later: str = ""
    in_shell: tuple[str, ...] = ()
    notebook_only: bool = False


_LABEL = Option("label", "NAME", "label; may be given again", many=True)
_INTO = Option("project", "NAME", "into this project, whatever the files say")
_WAIT = Option("wait", says="block until it has ended, with progress")

_VERBS = (
    Verb(
        "function",
        "%%dh function [NAME] [options], then the cell · %dh function NAME [options]",
        "A cell becomes a function: it runs as usual, then the function is a version in the catalogue.",
        ("%%dh function train --gpu 1 --memory 8Gi --requires lightgbm --out model,metrics", "%dh function train"),
        (
            *WHERE,
            Option("requires", "a,b", "packages, besides those that the code imports", many=True),
            Option("out", "a,b", "names of what it returns"),
            _LABEL,
        ),
        (0, 1),
        in_shell=(
            "%dh function FILE.py:NAME [options]",
            "%dh function train.py:train --memory 8Gi --requires lightgbm",
        ),
    ),
    Verb(
        "run",
        "%dh run FUNCTION [name=value …] [options] · %dh run --same-as RUN [options]",
        "Start a run; the handle comes back at once. Values: JSON, $variable, reference, or text.",
        (
            "%dh run train flights=dataset/flights lr=0.05 --memory 8Gi",
            "r = %dh run train flights=$df --wait",
            "%dh run --same-as train-42",
        ),
        (*WHERE, _WAIT, Option("same-as", "RUN", "repeat a run exactly: its code, inputs, parameters and packages")),
        (0, 1),
        assigns=True,
    ),
    Verb(
        "sweep",
        "%dh sweep FUNCTION name=RANGE|{CHOICES}|value … --maximize NAME [options] · %dh sweep SWEEP [changes]",
        "Try many parameters, and find the best. Ranges: 8..64, 1e-5..1e-1:log, 0..0.5:0.1; choices: {adam,sgd}.",
        (
            "%dh sweep train lr=1e-5..1e-1:log leaves=8..64 opt={adam,sgd} --trials 100 --workers 4 --maximize auc --prune",
            "%dh sweep train depth={4,6,8} lr={0.01,0.1} --sampler grid --minimize mae",
            "s = %dh sweep train lr=1e-3..1:log flights=$df --maximize auc --timeout 30m --wait",
            "%dh sweep train-7 --trials +50",
            "%dh sweep train-7 lr=0.05 opt=adam",
            "%dh sweep train-7 --pause",
        ),
        (
            Option("maximize", "auc", "number that the function returns or reports; may be given again", many=True),
            Option("minimize", "loss", "the same, the less the better", many=True),
            Option("trials", "100", "how many; of a sweep that there is +50 more"),
            Option("workers", "4", "trials at a time"),
            Option("sampler", "tpe", "tpe, random, grid, cmaes, qmc, gp or nsgaii"),
            Option("seed", "1", "the same seed gives the same first values"),
            Option(
                "prune", says="end trials early that are not worth it: median, hyperband or patient", may_take=PRUNERS
            ),
            Option("pruner", "median", "the same"),
            Option("timeout", "2h", "longest time of the sweep; of one that there is +1h more"),
            Option("cost", "5", "begin no more trials once they have cost so much, by the price of their profile"),
            Option("target", "0.95", "end once a trial is as good as this"),
            Option("plateau", "30", "end after so many trials without a better one"),
            Option("failures", "count", "what a failed trial does: count, or stop the sweep"),
            Option("reuse", says="a worker has many trials one after another, also long ones; short ones are anyway"),
            Option("no-reuse", says="each trial in a process of its own, also short ones"),
            Option("warm-start", "SWEEP", "begin with what an earlier sweep knows; may be given again", many=True),
            Option("constraint", "size<=10", "what a good trial also is; may be given again", many=True),
            Option("trial-timeout", "10m", "longest time of one trial's running"),
            Option("pause", says="start no more trials for now"),
            Option("resume", says="go on after a pause"),
            Option("stop-trial", "7", "end one running trial"),
            *(one for one in WHERE if one.name != "timeout"),
            _WAIT,
        ),
        (1, 1),
        assigns=True,
    ),
    Verb(
        "job",
        "%dh job FILE [name=value …] [options] · %dh job --cells 3-7",
        "Run a whole notebook or script on a copy of the file, or executed cells; the executed notebook is kept.",
        (
            "%dh job analysis.ipynb lr=0.1 flights=dataset/flights --memory 8Gi",
            "r = %dh job scripts/train.py epochs=3 --wait",
            "%dh job --cells 3,5-7 df=$df",
        ),
        (
            Option("cells", "3-7", "the cells with these execution counts, in place of a file"),
            *WHERE,
            _WAIT,
            Option("follow", says="print its log as it comes, until it has ended"),
            Option("requires", "a,b", "packages, besides those that the code imports", many=True),
            _LABEL,
        ),
        (0, 1),
        assigns=True,
        in_shell=(
            "dh job FILE [name=value …] [options]",
            "dh job analysis.ipynb lr=0.1 --memory 8Gi --follow",
            "dh-job train.py epochs=3",
        ),
    ),
    Verb(
        "dataset",
        "%dh dataset NAME $VARIABLE | FILES",
        "Save an immutable version of a dataset. Same content is the same version.",
        ("%dh dataset flights $df", "%dh dataset flights data/*.parquet"),
        (),
        (2, 1000),
        in_shell=("%dh dataset NAME FILES", "%dh dataset flights data/2013.parquet data/2014.parquet"),
    ),
    Verb(
        "ls",
        "%dh ls [type] [text]",
        "The catalogue. Text is looked for in names, labels, descriptions and columns.",
        ("%dh ls", "%dh ls dataset flights", "%dh ls run --state failed", "%dh ls model --label production"),
        (
            _LABEL,
            Option("state", "failed", "runs in this state"),
            Option("page", "2", "next rows"),
            Option("versions", says="all versions, not only the latest"),
        ),
        (0, 2),
    ),
    Verb(
        "show",
        "%dh show REFERENCE",
        "Details of anything.",
        ("%dh show dataset/flights@2", "%dh show function/train --code", "%dh show model/churn@champion --lineage"),
        (
            Option("code", says="a function's module"),
            Option("lineage", says="what it comes from, what came of it"),
            Option("files", says="its files"),
            Option("environment", says="the packages that a run had"),
        ),
        (1, 1),
    ),
    Verb(
        "diff",
        "%dh diff A [B] · %dh diff dh.yaml",
        "What changed from A to B: code, requirements, parameters, columns, metrics. Without B: since the version before. "
        "Of a file or folder: what %dh apply would do.",
        (
            "%dh diff function/train@2 @3",
            "%dh diff function/train",
            "%dh diff dataset/flights@1 @2",
            "%dh diff train-41 train-42",
            "%dh diff dh.yaml",
        ),
        (),
        (1, 2),
    ),
    Verb(
        "logs",
        "%dh logs RUN",
        "A run's log.",
        ("%dh logs train-42", "%dh logs train-42 --follow", "%dh logs train-42 --tail 20"),
        (
            Option("follow", says="print lines as they come, until the run ends", short="f"),
            Option("tail", "20", "only the last lines of what there is"),
        ),
        (1, 1),
    ),
    Verb("stop", "%dh stop RUN", "Ask a run to end.", ("%dh stop train-42",), (), (1, 1)),
    Verb(
        "retry",
        "%dh retry RUN [name=value …] [options]",
        "A new run like an old one, with changes.",
        ("%dh retry train-42 --memory 16Gi", "%dh retry train-42 lr=0.01"),
        (*WHERE, _WAIT),
        (1, 1),
        assigns=True,
    ),
    Verb(
        "publish",
        "%dh publish MODEL [--as NAME] [--alias ALIAS]",
        "Promote a model: name, alias, registry entry, and who, when and why.",
        ('%dh publish model/train@5 --as churn --alias champion --note "better recall"',),
        (
            Option("as", "NAME", "the name to publish it under"),
            Option("alias", "champion", "alias of this version"),
            Option("note", '"why"', "kept with it"),
            Option("force", says="even if its run failed or its validation is red"),
        ),
        (1, 1),
    ),
    Verb(
        "load",
        "%dh load REFERENCE",
        "The object, in the kernel: DataFrame, model, file.",
        (
            "df = %dh load dataset/flights@2",
            "model = %dh load model/churn@champion",
            "%dh load dataset/flights --as arrow",
        ),
        (Option("as", "arrow", "pandas, arrow, polars or path"),),
        (1, 1),
        in_shell=("%dh load REFERENCE", "%dh load dataset/flights@2", "%dh load artifact/report --as path"),
    ),
    Verb(
        "project",
        "%dh project [NAME]",
        "Work in this project, which is created if absent; without a name all projects.",
        ("%dh project", "%dh project demo"),
        (),
        (0, 1),
        in_shell=(
            "%dh project [NAME]",
            "%dh project",
            "%dh project demo   (then work in it: export DH_PROJECT=demo, or --project demo)",
        ),
    ),
    Verb(
        "export",
        "%dh export REFERENCE|project [FILE|DIR]",
        "A file of its own: a function as a program (.py), a run as its command (.sh), anything as a document (.yaml).",
        (
            "%dh export train-42",
            "%dh export function/train train.py",
            "%dh export model/churn@champion models --files",
            "%dh export project backup --files",
        ),
        (
            Option("force", says="overwrite"),
            Option("files", says="into the folder: also what datasets, models and artifacts hold"),
        ),
        (1, 2),
    ),
    Verb(
        "import",
        "%dh import FILE|FOLDER",
        "Take in documents, as export or the public SDK wrote them; all of them, or nothing. What is there stays.",
        ("%dh import backup", "%dh import churn.yaml", "%dh import backup --project copy"),
        (_INTO,),
        (1, 1),
    ),
    Verb(
        "apply",
        "%dh apply [FILE|FOLDER]",
        "Make what dh.yaml declares and its project lacks; says what else differs. %dh diff dh.yaml only says.",
        ("%dh apply", "%dh diff dh.yaml", "%dh apply backup --update", "%dh apply dh.yaml --prune"),
        (
            Option("update", says="change descriptions, labels, aliases and defaults, too"),
            Option("prune", says="delete what is not declared, too"),
            _INTO,
        ),
        (0, 1),
    ),
    Verb(
        "profile",
        "%dh profile [NAME]",
        "The administrator's profiles: what each gives, and the most that it allows.",
        ("%dh profile", "%dh profile gpu-a100", "%dh run train --profile gpu-a100 --memory 16Gi"),
        (),
        (0, 1),
    ),
    Verb(
        "secret",
        "%dh secret [NAME]",
        "Keep a secret: it asks for the value, and shows it nowhere. Without a name: which there are.",
        ("%dh secret", "%dh secret OPENAI_API_KEY", "%dh run ask --secret OPENAI_API_KEY", "%dh secret OLD --delete"),
        (Option("delete", says="forget it and its value"),),
        (0, 1000),  # so that a value that was typed is not repeated in an error
        assigns=True,
    ),
    Verb(
        "form",
        "%dh form FUNCTION | run/NAME",
        "A form for a function's parameters, with Run; or a run as it goes on. Needs ipywidgets.",
        ("%dh form train", "%dh form run/train-42", "form = %dh form train"),
        (),
        (1, 1),
        notebook_only=True,
    ),
    Verb(
        "gc",
        "%dh gc [--yes]",
        "What nothing refers to: files of failed uploads and of things that are gone, caches, expired runs.",
        ("%dh gc", "%dh gc --yes"),
        (
            Option("yes", says="remove it; without, it is only shown"),
            Option("store", says="also files in an S3 that another catalogue might use, too"),
            Option("locks", says="also which versions requirements without one got: the next run chooses anew"),
        ),
    ),
    Verb("doctor", "%dh doctor", "Is all well? Each bad row has its cure.", ("%dh doctor",)),
    Verb("sql", "%dh sql", "Query datasets.", later="Load the dataset: df = %dh load dataset/NAME"),
    Verb(
        "workflow", "%dh workflow", "Functions in order.", later="Run one after the other; pass outputs as references"
    ),
    Verb(
        "kernel",
        "%dh kernel [options]",
        "This notebook's kernel moves to a pod, or wherever runs run; variables do not move. Without options: where it is.",
        ("%dh kernel --profile gpu-a100", "%dh kernel --on kubernetes --gpu 1 --memory 16Gi", "%dh kernel --local"),
        OF_KERNEL,
        notebook_only=True,
    ),
    Verb("serve", "%dh serve MODEL", "A model as a service.", later="Load it here: model = %dh load model/NAME"),
)
VERBS = {verb.name: verb for verb in _VERBS}


def find_verb(name: str) -> Verb:
    """The verb. Raises Invalid for an unknown one, and for one that is not there yet."""
    verb = VERBS.get(name)
    if verb is None:
        raise Invalid(f"There is no verb '{name}'.", f"{did_you_mean(name, VERBS)} %dh alone lists them.".strip())
    return verb


def ready(verb: Verb) -> Verb:
    """The verb, if it is there. Raises Invalid with what to do instead."""
    if verb.later:
        raise Invalid(f"%dh {verb.name} is not there yet.", f"{verb.later}.")
    return verb
