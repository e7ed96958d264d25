"""What greenlab knows of libraries: which may run again, and which calls reach outside.

Tables only; `safety` reads them. What is in none of them is unknown, and unknown is
unsafe.
"""

from __future__ import annotations

import re
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LIBRARIES: Final = _words(
    """
    numpy scipy pandas polars pyarrow sklearn sklearnex daal4py _daal4py onedal imblearn
    xgboost lightgbm catboost statsmodels torch torchvision torchaudio transformers
    tokenizers datasets sentence_transformers timm peft trl accelerate safetensors diffusers
    optuna keras tensorflow jax jaxlib flax optax numba joblib threadpoolctl einops tqdm
    nltk spacy gensim evaluate networkx skimage PIL cv2 matplotlib mpl_toolkits seaborn
    plotly IPython umap hdbscan shap patsy sympy greenlab
    """
)
"""They compute. What of them reaches outside is named below."""

STANDARD: Final = _words(
    """
    __future__ abc argparse array ast base64 bisect calendar cmath collections colorsys
    contextlib contextvars copy copyreg csv dataclasses datetime decimal difflib enum fnmatch
    fractions functools gc glob gzip hashlib heapq html inspect io itertools json keyword
    locale logging math numbers operator pathlib pickle pprint random re reprlib secrets
    statistics string struct sys textwrap time timeit types typing unicodedata uuid warnings
    weakref zlib zoneinfo typing_extensions
    """
)

PARTLY: Final = {
    "os": _words(
        """
        path getcwd listdir scandir walk stat cpu_count environ getenv getpid sep linesep name
        fspath sched_getaffinity urandom makedirs mkdir curdir pardir fsencode fsdecode
        """
    ),
    "tempfile": _words(
        "TemporaryDirectory NamedTemporaryFile TemporaryFile mkdtemp gettempdir"
    ),
    "concurrent": frozenset({"futures"}),
}
"""Of these modules, the parts that may be used."""

OUTSIDE: Final = {
    **dict.fromkeys(
        _words(
            """
        requests urllib urllib3 http httpx aiohttp socket ssl ftplib smtplib imaplib telnetlib
        paramiko fabric boto3 botocore s3fs gcsfs fsspec google azure websocket websockets grpc
        openai anthropic cohere kafka pika zmq
        """
        ),
        "it may use the network",
    ),
    **dict.fromkeys(
        _words(
            """
        sqlite3 sqlalchemy psycopg psycopg2 pymysql MySQLdb pymongo redis duckdb snowflake
        pyodbc cx_Oracle clickhouse_driver peewee
        """
        ),
        "it may change a database",
    ),
    **dict.fromkeys(_words("subprocess pty sh pexpect multiprocessing"), "it starts programs"),
    **dict.fromkeys(_words("shutil send2trash"), "it may move or delete files"),
    **dict.fromkeys(
        _words("wandb mlflow neptune comet_ml clearml aim tensorboardX"),
        "it would log each run as one of yours",
    ),
    "huggingface_hub": "it may up- or download",
    "ctypes": "it reaches past Python",
}
"""Modules that no rerun may use, and why."""

NEVER: Final = {
    **dict.fromkeys(_words("getpass raw_input"), "it waits for you"),
    **dict.fromkeys(
        _words("system popen Popen fork forkpty posix_spawn kill killpg _exit"),
        "it starts or ends programs",
    ),
    **dict.fromkeys(
        _words(
            """
        unlink rmdir rmtree removedirs renames symlink_to hardlink_to link_to chmod lchmod
        """
        ),
        "it deletes, moves or changes files",
    ),
    **dict.fromkeys(_words("to_clipboard write_clipboard"), "it changes the clipboard"),
    **dict.fromkeys(
        _words("load_library load_inline LoadLibrary CDLL PyDLL cdll as_ctypes ctypeslib"),
        "it reaches past Python",
    ),
    "SummaryWriter": "it would log each run as one of yours",
    **dict.fromkeys(
        _words("push_to_hub upload upload_file upload_folder create_repo upload_blob"),
        "it uploads",
    ),
    **dict.fromkeys(
        _words(
            """
        urlopen urlretrieve hf_hub_download snapshot_download download_url
        download_and_extract_archive get_file load_state_dict_from_url
        """
        ),
        "it downloads",
    ),
    **dict.fromkeys(
        _words(
            """
        to_sql read_sql read_sql_query read_sql_table to_gbq read_gbq read_database
        write_database execute executemany executescript commit
        """
        ),
        "it works on a database",
    ),
    "init_process_group": "it joins other processes",
}
"""Calls that no rerun may make, by their last name, and why."""

NEVER_BARE: Final = {
    **dict.fromkeys(_words("input breakpoint"), "it waits for you"),
    **dict.fromkeys(_words("exit quit"), "it ends the kernel"),
    **dict.fromkeys(
        _words("exec eval compile __import__ get_ipython globals locals vars delattr"),
        "what it does cannot be read from the code",
    ),
}
"""Functions of Python itself that no rerun may call; methods of these names are others."""

# Calls that write files: the position of the path among the arguments, and its names.
WRITERS: Final = {
    **dict.fromkeys(
        _words(
            """
        to_csv to_parquet to_pickle to_json to_excel to_feather to_hdf to_html to_latex
        to_markdown tofile makedirs imwrite
        write_csv write_parquet write_ipc write_json write_html write_image savefig imsave
        savetxt savez savez_compressed save_pretrained save_weights save_npz savemat
        save_to_disk write_ndjson write_avro write_excel write_delta sink_csv sink_parquet
        sink_ipc sink_ndjson to_stata to_orc to_xml to_disk ExcelWriter HDFStore FileHandler
        RotatingFileHandler TimedRotatingFileHandler CSVLogger VideoWriter SummaryWriter mmwrite
        """
        ),
        0,
    ),
    # torch.save(obj, f), numpy.save(file, arr), image.save(path): the one that is a text.
    # joblib.dump(value, filename) too; those of pickle and json write to what open() gave.
    **dict.fromkeys(("save", "dump", "save_file", "save_model", "export", "write_table"), None),
    "TrainingArguments": 0,
}
OF_A_PATH: Final = frozenset(("write_text", "write_bytes", "mkdir", "touch"))
"""Methods that write to the path they are called on."""
PATH_WORDS: Final = _words(
    """
    path path_or_buf f fp fname file filename buf excel_writer output_dir save_directory
    dataset_path target where dst
    """
)
TEXT_WITHOUT_PATH: Final = _words(
    """
    to_csv to_json to_html to_latex to_markdown to_xml to_orc write_csv write_json write_ndjson
    """
)
MAPS: Final = _words("memmap open_memmap")
"""They write unless their mode is `r` or `c`; without one it is `r+`."""
TO_OPEN_FILES: Final = _words("write writelines writerow writerows writeheader writestr")
"""Methods of what `open()` gave; as a module's function, `write` takes a path."""
WRITING_NAMES: Final = re.compile(
    r"_*(?:(?:write|save|sink)(?!_?(?:able|r$|d))|dump(?!s$)|export(?!_text$)"
    r"|to_(?:disk|file|path|folder|dir)(?![a-z]))|.*(?:write|_to_(?:disk|file|path))$"
)
"""What is called so writes files, as a rule, in libraries that nobody listed."""
READING_NAMES: Final = re.compile(
    r"_*(?:read|load|scan|open|from|parse|imread|fetch|exists|is|find|glob|match|list|with|join"
    r"|split|add|append|insert|index|count|get|contains|str|sub|search|assert|filter|drop|sort|by"
    r"|label|title|text|annotate|relative|stat|expand)(?=_|[A-Z0-9]|$)"
)
"""What is called so may be given a path, or a text that looks like one, and writes nothing."""
READERS: Final = _words(
    """
    Path PurePath PosixPath basename dirname abspath realpath splitext normpath relpath
    commonpath fspath getsize getmtime access ImageFolder DatasetFolder FileDataset DMatrix
    Booster InferenceSession VideoCapture ExcelFile ParquetFile TextLineDataset compile iglob
    escape joinpath
    genfromtxt loadtxt loadmat loads readline readlines fromfile frombuffer fromstring fromregex
    pipeline tokenizer Tokenizer encode legend suptitle setdefault pop update named resolve
    absolute iterdir rglob fullmatch fillna replace rename isin eq ne info debug warning error
    """
)
"""Others that read the file they are given, or do no more than handle its name."""
BY_NAME: Final = _words("getattr attrgetter methodcaller")
"""Functions that find another one by its name."""
HIDDEN: Final = _words(
    """
    __globals__ __builtins__ __subclasses__ __loader__ __spec__ __code__ __closure__
    __getattribute__ __reduce__ __reduce_ex__ __import__ __self__ __func__ __wrapped__
    f_globals f_locals f_builtins f_back gi_frame cr_frame tb_frame
    """
)
"""Attributes behind which anything may be reached."""
REMOTE: Final = (
    "http://",
    "https://",
    "ftp://",
    "s3://",
    "gs://",
    "hf://",
    "abfs://",
    "ssh://",
)

# Methods and functions that leave what they work on as it was. Not among them are those that
# change a torch module in place (`half`, `eval`, `apply`) or, asked so, their argument
# (`transform`, `clip`).
PURE: Final = _words(
    """
    predict predict_proba predict_log_proba decision_function score kneighbors
    groupby agg aggregate sum mean median std var min max count nunique unique value_counts
    quantile corr describe head tail copy astype merge join assign sort_values sort_index
    reset_index set_index isna notna isin between abs rank cumsum diff shift rolling
    resample pivot pivot_table melt stack unstack map select filter with_columns collect
    group_by to_numpy to_list tolist item numpy detach view reshape
    flatten squeeze unsqueeze permute transpose argmax argsort softmax sigmoid log_softmax
    matmul dot exp log sqrt norm any all generate encode decode batch_decode format split strip
    lower upper replace startswith endswith items keys values get iterrows itertuples
    inference_mode no_grad autocast size dim numel iloc loc len
    """
)
WITH_OUT: Final = _words(
    "exp log sqrt abs dot matmul sum mean median std var min max any all cumsum argmax quantile"
)
"""Of these, numpy's take an `out` without its name, behind their other arguments."""
PURE_BUILTINS: Final = _words(
    """
    abs all any bool bytes complex dict divmod enumerate filter float format frozenset hash int
    isinstance issubclass len list map max min print range repr reversed round set slice sorted
    str sum tuple type zip
    """
)
