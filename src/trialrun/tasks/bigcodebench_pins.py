"""Which distribution brings a module, at the version that BigCodeBench's evaluation image has.

One differs: Flask-Mail 0.9.1 has no wheel, and trialrun installs wheels only; 0.10.0 is the next version. One is added:
setuptools, which upstream's image has from its base and librosa imports.

Leaves out: what a distribution depends on beyond the pins below; the installer finds that.

Source: bigcodebench, `Requirements/requirements-eval.txt`, for Python 3.10.
"""

from collections.abc import Iterable

_TABLE = """
    blake3 blake3 0.4.1
    bs4 beautifulsoup4 4.8.2
    chardet chardet 5.2.0
    Crypto pycryptodome 3.14.1
    cryptography cryptography 38.0.0
    cv2 opencv-python-headless 4.9.0.80
    DateTime datetime 5.5
    dateutil python-dateutil 2.9.0
    django Django 4.2.7
    dns dnspython 2.6.1
    docx python-docx 1.1.0
    docxtpl docxtpl 0.11.5
    faker Faker 20.1.0
    flask flask 3.0.3
    flask_login flask_login 0.6.3
    flask_mail Flask-Mail 0.10.0
    flask_restful flask_restful 0.3.10
    flask_wtf flask_wtf 1.2.1
    folium folium 0.16.0
    gensim gensim 4.3.2
    geopandas geopandas 0.13.2
    geopy geopy 2.4.1
    holidays holidays 0.29
    keras keras 2.11.0
    Levenshtein Levenshtein 0.25.0
    librosa librosa 0.10.1
    lxml lxml 4.9.3
    matplotlib matplotlib 3.7.0
    mechanize mechanize 0.4.9
    natsort natsort 7.1.1
    networkx networkx 2.6.3
    nltk nltk 3.8
    numba numba 0.55.0
    numpy numpy 1.21.2
    openpyxl openpyxl 3.1.2
    pandas pandas 2.0.3
    PIL Pillow 10.3.0
    pkg_resources setuptools 65.5.1
    prettytable prettytable 3.10.0
    psutil psutil 5.9.5
    pyfakefs pyfakefs 5.4.1
    pyquery pyquery 1.4.3
    pytesseract pytesseract 0.3.10
    pytest pytest 8.2.0
    python_http_client python_http_client 3.3.7
    pytz pytz 2023.3.post1
    requests requests 2.31.0
    requests_mock requests_mock 1.11.0
    rsa rsa 4.9
    scipy scipy 1.7.2
    seaborn seaborn 0.13.2
    selenium selenium 4.15
    sendgrid sendgrid 6.11.0
    shapely shapely 2.0.4
    skimage scikit-image 0.18.0
    sklearn scikit-learn 1.3.1
    soundfile soundfile 0.12.1
    statsmodels statsmodels 0.14.0
    sympy sympy 1.12
    tensorflow tensorflow 2.11.1
    textblob textblob 0.18.0
    texttable texttable 1.7.0
    werkzeug Werkzeug 3.0.1
    wikipedia wikipedia 1.4.0
    wordcloud wordcloud 1.9.3
    wordninja wordninja 2.0.0
    wtforms WTForms 3.1.2
    xlrd xlrd 2.0.1
    xlwt xlwt 1.3.0
    xmltodict xmltodict 0.13.0
    yaml PyYAML 6.0.1
"""
"""Module, distribution, version."""

PINS = {
    module: f"{distribution}=={version}"
    for module, distribution, version in (line.split() for line in _TABLE.split("\n") if line.strip())
}

_NEEDS = {
    "bs4": ("lxml",),
    "geopandas": ("matplotlib", "numpy", "pandas", "shapely"),
    "gensim": ("numpy", "scipy"),
    "keras": ("tensorflow",),
    "librosa": ("numba", "numpy", "pkg_resources", "scipy", "sklearn", "soundfile"),
    "matplotlib": ("dateutil", "numpy", "PIL"),
    "numba": ("numpy",),
    "pandas": ("dateutil", "lxml", "numpy", "openpyxl", "pytz", "xlrd"),
    "scipy": ("numpy",),
    "seaborn": ("matplotlib", "numpy", "pandas", "scipy"),
    "skimage": ("matplotlib", "networkx", "numpy", "PIL", "scipy"),
    "sklearn": ("numpy", "scipy"),
    "statsmodels": ("numpy", "pandas", "scipy"),
    "textblob": ("nltk",),
    "tensorflow": ("keras", "numpy"),
    "wordcloud": ("matplotlib", "numpy", "PIL"),
}
"""Modules that one uses in turn, some only where they are there (pandas reads HTML by lxml): their pins count too."""


def requirements_of(modules: Iterable[str]) -> tuple[str, ...]:
    """Return the pinned requirements of top-level modules, sorted; a module that upstream does not have gives none.

    >>> requirements_of(["scipy", "nosuch"])
    ('numpy==1.21.2', 'scipy==1.7.2')
    """
    wanted, waiting = set[str](), list(modules)
    while waiting:
        module = waiting.pop()
        if module not in wanted:
            wanted.add(module)
            waiting += _NEEDS.get(module, ())
    return tuple(sorted(PINS[module] for module in wanted if module in PINS))
