"""Imports, and modules of the working folder."""

from __future__ import annotations

from .case import Case

ROWS: dict[str, tuple[list[str], tuple[object, ...]]] = {
    "an import": (["import math", "def f(x):\n    return math.sqrt(x)"], (2,)),
    "an import by another name": (["import math as m", "def f(x):\n    return m.sqrt(x)"], (2,)),
    "a name from a module": (["from math import sqrt as root", "def f(x):\n    return root(x)"], (2,)),
    "a submodule": (["import os.path", "def f(x):\n    return os.path.join('a', x)"], ("b",)),
    "two submodules": (["import os.path\nimport xml.dom\nimport xml.sax", "def f(x):\n    return xml.dom.__name__ + xml.sax.__name__"], (0,)),
    "a star import": (["from math import *", "def f(x):\n    return floor(x) + pi"], (2.5,)),
    "an import in try": (["try:\n    import json as j\nexcept ImportError:\n    j = None", "def f(x):\n    return j.dumps(x)"], ([1],)),
    "an import inside": (["def f(x):\n    import math\n    return math.ceil(x)"], (1.5,)),
    "numpy by its names": (["import numpy as np\nW = np.array([1.5, 2.5])\nK = np.float32(2)", "def f():\n    return (W * K).tolist()"], ()),
    "several on a line": (["import math, json as j, os.path as p", "def f(x):\n    return math.floor(x), j.dumps(x), p.basename('a/b')"], (2.5,)),
    "an import inside try with another name": (["try:\n    import nothing_like_this as np2\nexcept ImportError:\n    import math as np2", "def f(x):\n    return np2.floor(x)"], (2.5,)),
    "an import that failed": (["try:\n    import nothing_like_this\n    HAS = True\nexcept ImportError:\n    nothing_like_this = None\n    HAS = False", "def f(x):\n    return nothing_like_this.g() if HAS else x"], (2,)),
    "an import under if": (["import sys\nif sys.version_info > (3,):\n    from io import StringIO\nelse:\n    from StringIO import StringIO", "def f(x):\n    return StringIO(x).read()"], ("a",)),
    "an import in another function": (["def load():\n    global js\n    import json as js\nload()", "def f(x):\n    return js.dumps(x)"], ([1],)),
    "imports in the function and in try": (["def f(x):\n    try:\n        from nothing_like_this import y\n    except ImportError:\n        from math import floor as y\n    import os.path\n    return y(x), os.path.sep"], (2.5,)),
    "an import by importlib": (["import importlib\nm = importlib.import_module('math')", "def f(x):\n    return m.floor(x), importlib.import_module('json').dumps(x)"], (2.5,)),
    "an attribute that was pulled out": (["import math\nroot = math.sqrt\nPI = math.pi", "def f(x):\n    return root(x) * PI"], (4,)),
    "a class and its method": (["from datetime import datetime, timedelta as delta\nfrom collections import Counter, OrderedDict, defaultdict\nparse = datetime.fromisoformat", "def f(text):\n    return (parse(text) + delta(days=1)).isoformat(), Counter('aab').most_common(1), list(OrderedDict(a=1)), defaultdict(int)['x']"], ("2013-01-01",)),
    "a module that is used as a value": (["import math, cmath\nMODULES = {'real': math, 'complex': cmath}", "def f(kind):\n    return MODULES[kind].sqrt(4)"], ("real",)),
    "star imports that overlap": (["from math import *\nfrom cmath import *\nfrom math import sqrt", "def f(x):\n    return sqrt(x), phase(1), gcd(4, 6)"], (4,)),
    "pandas": (["import pandas as pd\nfrom pandas import DataFrame, Series as S\nCOLUMNS = ['a', 'b']", "def f(n):\n    df = DataFrame({c: range(n) for c in COLUMNS})\n    return int(df.a.sum()), S([1, 2]).tolist(), pd.isna(None)"], (3,)),
    "scikit-learn": (["from sklearn.linear_model import LinearRegression\nfrom sklearn.pipeline import make_pipeline\nfrom sklearn import preprocessing", "def f(n):\n    m = make_pipeline(preprocessing.StandardScaler(), LinearRegression()).fit([[i] for i in range(n)], range(n))\n    return round(float(m.predict([[1]])[0]), 6)"], (5,)),
    "submodules that another import loaded": (["import xml.etree.ElementTree as ET\nimport concurrent.futures", "def f(x):\n    with concurrent.futures.ThreadPoolExecutor(1) as pool:\n        return pool.submit(ET.fromstring, x).result().tag"], ("<a/>",)),
    "__future__ only": (["from __future__ import annotations", "def f(x):\n    return x"], (1,)),
}  # fmt: skip

WITH_FILES = {
    "a module of the folder": Case(["import tools", "def f(x):\n    return tools.double(x)"], (3,), {"tools.py": "K = 2\ndef double(x):\n    return K * x\n"}),
    "names of a module of the folder": Case(["from tools3 import double as twice, K", "def f(x):\n    return twice(x) + K"], (3,), {"tools3.py": "K = 2\ndef double(x):\n    return K * x\n"}),
    "a star import of the folder": Case(["from tools4 import *", "def f(x):\n    return double(x)"], (3,), {"tools4.py": "_K = 2\ndef double(x):\n    return _K * x\n"}),
    "a package with relative imports": Case(["from pack.deep.leaf import value\nimport pack", "def f(x):\n    return value(x), pack.NAME"], (3,), {"pack/__init__.py": "from .base import NAME\n", "pack/base.py": "NAME = 'pack'\ndef base(x):\n    return x + 1\n", "pack/deep/__init__.py": "", "pack/deep/leaf.py": "from ..base import base\nfrom . import side\nfrom ... import pack as _unused\n".replace("from ... import pack as _unused\n", "") + "def value(x):\n    return base(x) * side.TWO\n", "pack/deep/side.py": "TWO = 2\n"}),
    "a package without __init__": Case(["from space.one import g", "def f(x):\n    return g(x)"], (3,), {"space/one.py": "from space.two import h\ndef g(x):\n    return h(x)\n", "space/two.py": "def h(x):\n    return x * 3\n"}),
    "a submodule named in full": Case(["import pack2.leaf\nimport pack2.other as o", "def f(x):\n    return pack2.leaf.g(x), o.W"], (3,), {"pack2/__init__.py": "", "pack2/leaf.py": "def g(x):\n    return x + 1\n", "pack2/other.py": "W = 'w'\n"}),
    "a module imported inside": Case(["def f(x):\n    from tools5 import g\n    import pack5.mod as m\n    return g(x), m.K"], (3,), {"tools5.py": "def g(x):\n    return x + 5\n", "pack5/__init__.py": "", "pack5/mod.py": "K = 1\n"}),
    "modules that import each other": Case(["from left import l", "def f(x):\n    return l(x)"], (3,), {"left.py": "import right\ndef l(x):\n    return right.r(x) + 1\ndef base():\n    return 10\n", "right.py": "import left\ndef r(x):\n    return left.base() * x\n"}),
    "a class of the folder, inherited in a cell": Case(["from shapes import Shape", "class Square(Shape):\n    def area(self):\n        return self.a ** 2", "def f(a):\n    return Square(a).told()"], (3,), {"shapes.py": "class Shape:\n    def __init__(self, a):\n        self.a = a\n    def told(self):\n        return f'area {self.area()}'\n"}),
    "a decorator of the folder": Case(["from deco import twice", "@twice\ndef g(x):\n    return x", "@twice\ndef f(x):\n    return g(x)"], (3,), {"deco.py": "import functools\ndef twice(fn):\n    @functools.wraps(fn)\n    def inner(*a, **k):\n        return 2 * fn(*a, **k)\n    return inner\n"}),
    "an object of a module of the folder": Case(["from conf import SETTINGS, LEVELS", "def f():\n    return SETTINGS['a'], LEVELS"], (), {"conf.py": "SETTINGS = {'a': 1}\nLEVELS = (1, 2)\n"}),
    "%run": Case(["%run script.py", "def f(x):\n    return from_script(x) + SCRIPT_K"], (3,), {"script.py": "import math\nSCRIPT_K = 10\ndef _inner(x):\n    return math.floor(x)\ndef from_script(x):\n    return _inner(x) * SCRIPT_K\nclass FromScript:\n    k = 1\n"}),
    "a target from %run": Case(["%run script2.py"], (3,), {"script2.py": "K = 3\ndef g(x):\n    return x * K\ndef f(x):\n    return g(x)\nif __name__ == '__main__':\n    print(f(1))\n"}),
    "%run -i": Case(["BASE = 5", "%run -i script3.py", "def f(x):\n    return based(x)"], (3,), {"script3.py": "def based(x):\n    return BASE + x\n"}),
    "an autoreloaded module": Case(["%load_ext autoreload\n%autoreload 2\nimport auto1", "def f(x):\n    return auto1.g(x)"], (3,), {"auto1.py": "def g(x):\n    return x + 1\n"}),
    "a module written by %%writefile": Case(["%%writefile made1.py\ndef g(x):\n    return x * 7\n", "from made1 import g", "def f(x):\n    return g(x)"], (3,)),
    "texts beside a module": Case(["from queries1 import text_of", "def f(x):\n    return text_of(x)"], ("all",), {"queries1/__init__.py": "from pathlib import Path\nPLACE = Path(__file__).parent / 'texts'\nKNOWN = {'all': 'texts/all.sql'}\ndef text_of(name):\n    return (Path(__file__).parent / KNOWN[name]).read_text()\n", "queries1/texts/all.sql": "select 1\n"}),
    "a module that is imported by its name": Case(["import importlib", "def f(x):\n    return importlib.import_module('named1').g(x), __import__('named2').K"], (3,), {"named1.py": "def g(x):\n    return x * 13\n", "named2.py": "K = 2\n"}),
    "texts beside a module of a folder on the path": Case(["import os, sys\nsys.path.insert(0, os.path.abspath('lib9'))\nimport reads9", "def f():\n    return reads9.text()"], (), {"lib9/reads9.py": "from pathlib import Path\ndef text():\n    return (Path(__file__).parent / 'nine.txt').read_text()\n", "lib9/nine.txt": "nine"}),
    "a package from outside of the folder": Case(["import os, sys, tempfile\nplace = tempfile.mkdtemp()\nos.mkdir(place + '/far9')\nopen(place + '/far9/__init__.py', 'w').write('from .leaf import g')\nopen(place + '/far9/leaf.py', 'w').write('def g(x):\\n    from . import late\\n    return x * late.K')\nopen(place + '/far9/late.py', 'w').write('K = 9')\nsys.path.append(place)\nimport far9\nfrom far9 import late", "def f(x):\n    return far9.g(x)"], (3,)),
    "a folder that was left": Case(["import os, left9\nhere = os.getcwd()\nos.makedirs('inner9', exist_ok=True)\nos.chdir('inner9')", "def f(x):\n    return left9.g(x)"], (3,), {"left9.py": "def g(x):\n    return x + 9\n"}),
    "%load": Case(["# %load part1.py\ndef g(x):\n    return x * 11\n", "def f(x):\n    return g(x)"], (3,), {"part1.py": "def g(x):\n    return x * 11\n"}),
}  # fmt: skip

CASES = {**{name: Case(*row) for name, row in ROWS.items()}, **WITH_FILES}
