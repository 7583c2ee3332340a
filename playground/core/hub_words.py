"""Why a model of the Hub is not opened, each in one sentence.

The constants are texts: an exception kept and raised again would collect the frames of everyone who met it.
"""

from playground.core.words import Text, Wrong

BAD_ID = Text(
    "This is not a model id. Write it as on the Hub, for example google-bert/bert-base-uncased.",
    "这不是模型编号。请照 Hub 上的写法填写，例如 google-bert/bert-base-uncased。",
)
HUB_OFF = Text(
    "The operator has switched off downloads here. The models marked as ready work.",
    "管理员关闭了下载功能。标记为“可离线使用”的模型可以使用。",
)
NOT_LISTED = Text(
    "Here only the models on the list can be downloaded. To open any id, run the playground on your own machine.",
    "这里只能下载列表中的模型。要打开任意模型，请在自己的电脑上运行本程序。",
)
OFFLINE = Text(
    "The Hugging Face Hub cannot be reached. The models marked as ready work without it.",
    "无法连接 Hugging Face Hub。标记为“可离线使用”的模型不受影响。",
)
NOT_FOUND = Text(
    "The Hub has no public model with this id. Check the spelling.",
    "Hub 上没有这个编号的公开模型，请检查拼写。",
)
GATED = Text(
    "This model asks for an agreement with its owner first (gated). Choose an open one.",
    "这个模型需要先与所有者签署协议（gated）。请选择公开的模型。",
)
DISABLED = Text("The Hub has disabled this model. Choose another.", "Hub 已停用这个模型，请换一个。")
NO_SAFETENSORS = Text(
    "This model has no weights in the safetensors format; other formats can run code and are not opened.",
    "这个模型没有 safetensors 格式的权重；其他格式可能会执行代码，因此不会打开。",
)
NO_SIZE = Text(
    "The Hub does not say how large this model is, so it is not downloaded.",
    "Hub 没有给出这个模型的大小，因此不会下载。",
)
CHANGED = Text(
    "The files that arrived are not those that were announced. Check the model again.",
    "收到的文件与声明的不一致，请重新检查这个模型。",
)
DISK_FULL = Text("The disk of this machine is full; the download was stopped.", "这台机器的磁盘已满，下载已停止。")
NO_LOCAL = Text(
    "Local folders are not open here; the operator can name one in PLAYGROUND_MODELS_DIR.",
    "这里没有开放本地文件夹；管理员可以用 PLAYGROUND_MODELS_DIR 指定一个。",
)
BUSY = Text(
    "Other models are being downloaded. Wait until they are done and try again.", "正在下载其他模型，请等完成后再试。"
)
BROKEN = Text(
    "Something went wrong on our side. Try again, or choose another model.", "程序出了问题。请重试，或换一个模型。"
)
UNKNOWN_JOB = Text("This download is no longer known. Start it again.", "找不到这次下载，请重新开始。")


def hub_error(status: int) -> Wrong:
    return Wrong(
        f"The Hub answered with an error ({status}). Try again later.", f"Hub 返回了错误（{status}），请稍后再试。"
    )


def too_many_bytes(size: int, most: int) -> Wrong:
    return Wrong(
        f"This model is a download of {size / 1e6:,.0f} MB; this playground takes up to {most:,} MB.",
        f"下载这个模型需要 {size / 1e6:,.0f} MB；这里最多允许 {most:,} MB。",
    )


def disk_full(size: int) -> Wrong:
    return Wrong(
        f"The disk has too little space left for this model ({size / 1e6:,.0f} MB).",
        f"磁盘剩余空间不足以存放这个模型（{size / 1e6:,.0f} MB）。",
    )


def not_fetched(key: str) -> Wrong:
    return Wrong(
        f"The model {key} is not on this machine yet. Download it in the model list first.",
        f"模型 {key} 还不在这台机器上，请先在模型列表中下载。",
    )


def no_such_local(name: str) -> Wrong:
    shown = name[:60].encode("ascii", "replace").decode()
    return Wrong(f"There is no model folder “{shown}” here.", f"这里没有名为“{shown}”的模型文件夹。")
