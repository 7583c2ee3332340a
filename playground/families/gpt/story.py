"""What three papers say of GPT: the sizes of its models, its zero-shot prompts and what came of them. No torch here."""

from dataclasses import dataclass

from playground.core.checks import whole
from playground.core.words import Text, Wrong

# ---- sizes


@dataclass(frozen=True)
class Size:
    """One model as its paper has it; None for what the paper does not say."""

    family: str
    name: str
    layers: int
    width: int
    heads: int
    head: int  # width of a head, as printed
    context: int
    vocabulary: int
    parameters: float  # as the paper says
    data: Text
    source: str
    norm: bool = True  # a last layer norm (GPT-1 has none)

    @property
    def counted(self) -> int:
        """By the formula for a GPT of this shape."""
        parts = count(self.vocabulary, self.context, self.layers, self.width)
        return sum(parts.values()) - (0 if self.norm else parts["last norm"])


BOOKS = Text("BooksCorpus: over 7,000 unpublished books, 100 passes", "BooksCorpus：7,000 多本未出版的书，读 100 遍")
WEB = Text("WebText: 8 million pages, 40 GB of text", "WebText：800 万个网页，40 GB 文字")
MIX = Text(
    "300 billion tokens: filtered Common Crawl 60 %, WebText2 22 %, two collections of books 8 % each, Wikipedia 3 %",
    "3000 亿个词元：过滤后的 Common Crawl 60 %，WebText2 22 %，两套书籍各 8 %，维基百科 3 %",
)
ONE = "Radford et al. 2018, section 4.1"
TWO = "Radford et al. 2019, table 2 and section 2.3; heads: the published configurations"
THREE = "Brown et al. 2020, tables 2.1 and 2.2"


def _two(name: str, layers: int, width: int, heads: int, said: float) -> Size:
    return Size("GPT-2", name, layers, width, heads, 64, 1_024, 50_257, said, WEB, TWO)


def _three(name: str, layers: int, width: int, heads: int, head: int, said: float) -> Size:
    return Size("GPT-3", name, layers, width, heads, head, 2_048, 50_257, said, MIX, THREE)


SIZES = (
    Size("GPT-1", "GPT-1", 12, 768, 12, 64, 512, 40_478, 117e6, BOOKS, ONE, norm=False),
    _two("GPT-2 small", 12, 768, 12, 117e6),
    _two("GPT-2 medium", 24, 1_024, 16, 345e6),
    _two("GPT-2 large", 36, 1_280, 20, 762e6),
    _two("GPT-2 XL", 48, 1_600, 25, 1_542e6),
    _three("GPT-3 Small", 12, 768, 12, 64, 125e6),
    _three("GPT-3 Medium", 24, 1_024, 16, 64, 350e6),
    _three("GPT-3 Large", 24, 1_536, 16, 96, 760e6),
    _three("GPT-3 XL", 24, 2_048, 24, 128, 1.3e9),
    _three("GPT-3 2.7B", 32, 2_560, 32, 80, 2.7e9),
    _three("GPT-3 6.7B", 32, 4_096, 32, 128, 6.7e9),
    _three("GPT-3 13B", 40, 5_140, 40, 128, 13e9),
    _three("GPT-3 175B", 96, 12_288, 96, 128, 175e9),
)
MOST = {"vocabulary": 1_000_000, "positions": 1_000_000, "layers": 1_000, "width": 100_000}


def count(vocabulary: int, positions: int, layers: int, width: int) -> dict[str, int]:
    """The weights of a GPT-2 by their place; together V d + P d + L (12 d^2 + 13 d) + 2 d. Raises Wrong.

    >>> sum(count(50_257, 1_024, 12, 768).values())
    124439808
    """
    given = {"vocabulary": vocabulary, "positions": positions, "layers": layers, "width": width}
    for name, value in given.items():
        if not whole(value, 1, MOST[name]):
            raise Wrong(
                f"“{name}” is a whole number from 1 to {MOST[name]:,}.", f"“{name}”必须是 1 到 {MOST[name]:,} 的整数。"
            )
    d = width
    return {
        "tokens": vocabulary * d,  # used again, turned, as the last matrix
        "positions": positions * d,
        "attention": layers * (4 * d * d + 4 * d),  # query, key and value in one, and what joins the heads
        "mlp": layers * (8 * d * d + 5 * d),  # d -> 4 d -> d
        "norms": layers * 4 * d,
        "last norm": 2 * d,
    }


def memory(parameters: int, layers: int, keys: int, positions: int) -> dict[str, int]:
    """Bytes; `keys`: numbers that one token's keys have in one layer, over all key heads."""
    return {
        "float32": 4 * parameters,
        "float16": 2 * parameters,
        "training": 16 * parameters,  # weights, gradients and Adam's two moments, each as float32
        "cache": 2 * layers * keys * positions * 4,  # keys and values of a full context as float32
    }


LARGEST = SIZES[4].counted  # GPT-2 as it was published: 1.5 billion


# ---- zero-shot prompts


@dataclass(frozen=True)
class Zero:
    key: str
    name: Text
    say: Text
    prompt: str
    tokens: int  # written at most
    line: bool  # the answer ends with its line
    paper: Text  # what GPT-2 reached, and where that stands


ZERO = (
    Zero(
        "summary",
        Text("Summary", "摘要"),
        Text("a text, then “TL;DR:”", "文章后面写上“TL;DR:”"),
        "One morning a poor fisherman caught a golden fish. The fish begged him to let it go and promised to grant "
        "him "
        "a wish. He asked for bread, and there was bread. His wife sent him back to ask for a house, then for a "
        "castle, "
        "and at last she wanted to rule the sea. Then the fish took everything away, and they sat in their old hut "
        "again.\nTL;DR:",
        60,
        True,
        Text(
            "GPT-2 (1.5 billion weights), CNN and Daily Mail news: ROUGE-1/2/L 29.3 / 8.3 / 26.6. The article's "
            "first "
            "three sentences do better (40.4 / 17.7 / 36.6), three random ones about as well (28.8 / 8.6 / 25.5); "
            "without “TL;DR:” it falls to 21.6 / 4.0 / 19.5. Table 4.",
            "GPT-2（15 亿权重），CNN 与 Daily Mail 新闻：ROUGE-1/2/L 为 29.3 / 8.3 / 26.6。直接取文章前三句反而更好"
            "（40.4 / 17.7 / 36.6），随机取三句也差不多（28.8 / 8.6 / 25.5）；不写“TL;DR:”则降到"
            " 21.6 / 4.0 / 19.5。表 4。",
        ),
    ),
    Zero(
        "translation",
        Text("Translation", "翻译"),
        Text("pairs “english = french”", "一对对“英语 = 法语”"),
        "the cat = le chat\nthe house = la maison\nthe king = le roi\nthe little dog =",
        16,
        True,
        Text(
            "GPT-2, WMT-14 test: 5 BLEU from English to French, 11.5 from French to English; the best unsupervised "
            "system of that time had 33.5. Web pages in French had been filtered out of its training data; about "
            "10 MB were left. Section 3.7.",
            "GPT-2，WMT-14 测试集：英译法 5 BLEU，法译英 11.5 BLEU；当时最好的无监督系统为 33.5。它的训练数据有意滤"
            "去了法语"
            "网页，只剩约 10 MB。第 3.7 节。",
        ),
    ),
    Zero(
        "question",
        Text("Question", "问答"),
        Text("“Q: … A:”, nothing to read it from", "“Q: … A:”，没有可查的文章"),
        "Q: What is the opposite of hot?\nA: cold\nQ: What animal gives us milk?\nA: a cow\nQ: What falls from the "
        "clouds?\nA:",
        16,
        True,
        Text(
            "GPT-2, Natural Questions: 4.1 % exactly right; its smallest size did not exceed 1.0 %. Systems that may "
            "look the answer up had 30 to 50 %. Section 3.8.",
            "GPT-2，Natural Questions：4.1 % 完全答对；最小的型号不超过 1.0 %。能查资料的系统为 30 到 50 %。第"
            " 3.8 节。",
        ),
    ),
    Zero(
        "reading",
        Text("Reading comprehension", "阅读理解"),
        Text("a passage, questions, “A:”", "短文、问题，然后“A:”"),
        "Anna lives in a small village with her brother Tom. Every morning Tom feeds the three hens, and Anna "
        "carries the "
        "eggs to the market.\nQ: Who feeds the hens?\nA: Tom\nQ: What does Anna carry?\nA:",
        16,
        True,
        Text(
            "GPT-2, CoQA: 55 F1, as good as three of four systems trained on its 127,000 questions; a BERT so "
            "trained "
            "came near the 89 of people. Section 3.5.",
            "GPT-2，CoQA：F1 为 55，与四个基线系统中的三个相当或更好，而它们用了 12.7 万个问答来训练；这样训练的"
            " BERT 接近"
            "人类的 89。第 3.5 节。",
        ),
    ),
    Zero(
        "last",
        Text("The last word", "最后一个词"),
        Text("LAMBADA: a story's last word", "LAMBADA：故事的最后一个词"),
        "Tom had lost his dog. He looked for it in the garden, in the wood and by the river, and he called its "
        "name. In "
        "the evening something scratched at the door. Tom opened it, and there stood his dog",
        16,
        True,
        Text(
            "GPT-2, LAMBADA: perplexity 8.63, 63.24 % of the last words right, with a filter that allows only words "
            "that can end a sentence (52.66 % without it). Table 3, section 3.3.",
            "GPT-2，LAMBADA：困惑度 8.63；在只允许能结束句子的词的过滤条件下，63.24 % 的最后一词答对（不过滤为"
            " 52.66 %）。"
            "表 3 与第 3.3 节。",
        ),
    ),
)

# ---- what GPT-1's inputs are built from


@dataclass(frozen=True)
class Example:
    task: str
    texts: tuple[str, ...]
    labels: tuple[str, ...] = ()


EXAMPLES = (
    Example("classify", ("The soup was hot, the people were kind, and we stayed till midnight.",), ("good", "bad")),
    Example("classify", ("A long evening with poor jokes and cold food.",), ("good", "bad")),
    Example("entail", ("A small dog is sleeping in the garden.", "An animal is asleep."), ("true", "false", "neither")),
    Example("entail", ("A small dog is sleeping in the garden.", "A dog is running."), ("true", "false", "neither")),
    Example("similar", ("The cat is sleeping on the mat.", "A cat is asleep on the mat.")),
    Example("similar", ("The cat is sleeping on the mat.", "The king sent for his three sons.")),
    Example(
        "choose",
        ("It was raining. Anna wanted to go out, so she took", "an umbrella.", "a spoon.", "the mountain."),
    ),
    Example("choose", ("The boy was very hungry, so he ate", "the bread.", "the river.", "his shoes.")),
)
