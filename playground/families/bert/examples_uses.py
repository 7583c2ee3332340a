"""Four uses, each with the embedded model tuned for it and texts to try. What a reader would say stands beside them:
where a model errs, the page says so."""

from dataclasses import dataclass

from playground.core.words import Text

Truth = str | tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Example:
    name: Text
    text: str
    truth: Truth  # a class, an answer ("" for none), or names and their kinds
    pair: str = ""


@dataclass(frozen=True)
class Task:
    """One use, with the embedded model that is tuned for it."""

    key: str
    use: str  # of a model: classes, tags or answer
    model: str
    examples: tuple[Example, ...]


SINGLE = (
    Example(Text("Praise", "夸奖"), "A warm, funny and moving film.", "positive"),
    Example(Text("Blame", "批评"), "The plot is thin and the jokes fall flat.", "negative"),
    Example(Text("But", "转折"), "The film is long, but every minute of it is worth your time.", "positive"),
    Example(Text("Two negations", "双重否定"), "It is not a bad film at all.", "positive"),
    Example(Text("Irony", "反讽"), "I expected a masterpiece and got a headache.", "negative"),
)
PAIR = (
    Example(
        Text("A wider word", "更宽泛的词"),
        "Two dogs are running in a field.",
        "entailment",
        "Two animals are running outside.",
    ),
    Example(
        Text("Turned around", "换成被动"),
        "A woman is slicing a tomato.",
        "entailment",
        "A tomato is being sliced by a woman.",
    ),
    Example(Text("Denied", "否定"), "A child is sitting on a bench.", "contradiction", "Nobody is sitting on a bench."),
    Example(
        Text("Something else", "毫不相干"), "A woman is cutting an onion.", "neutral", "A man is reading a newspaper."
    ),
    Example(
        Text("Know your fruit", "要知道苹果是水果"),
        "A man is eating an apple.",
        "entailment",
        "A man is eating a fruit.",
    ),
)
HOMES = "Anna lives in Paris. Tom lives in Berlin. Tom met Anna at the station on Friday."
HATS = "Emma was given a red hat by Peter. Soup is what Peter likes, and Emma likes apples."
ANSWERS = (
    Example(Text("What?", "什么？"), "What does Emma like to eat?", "apples", HATS),
    Example(Text("Where?", "在哪里？"), "Where did Tom meet Anna?", "the station", HOMES),
    Example(Text("Who?", "谁？"), "Who lives in Berlin?", "Tom", HOMES),
    Example(Text("It is not there", "短文里没有"), "Where did Emma buy the hat?", "", HATS),
    Example(
        Text("A passage of another kind", "另一类短文"),
        "When was the bridge built?",
        "1871",
        "The old bridge over the river was built in 1871 by a company from London.",
    ),
)
TAGS = (
    Example(
        Text("A person and two places", "一个人，两个地方"),
        "Albert Einstein was born in Germany and moved to Princeton.",
        (("Albert Einstein", "PER"), ("Germany", "LOC"), ("Princeton", "LOC")),
    ),
    Example(
        Text("Three kinds", "三类名称"),
        "The BBC sent John Smith to Japan in 1998.",
        (("BBC", "ORG"), ("John Smith", "PER"), ("Japan", "LOC")),
    ),
    Example(Text("No name at all", "没有名称"), "She opened the window and looked at the rain.", ()),
    Example(
        Text("One word, two names", "一词两名"),
        "Washington crossed the river before he became president in Washington.",
        (("Washington", "PER"), ("Washington", "LOC")),
    ),
    Example(
        Text("A play", "一部剧"),
        "William Shakespeare wrote Hamlet in England.",
        (("William Shakespeare", "PER"), ("Hamlet", "MISC"), ("England", "LOC")),
    ),
)
TASKS = (
    Task("single", "classes", "bert/sst2", SINGLE),
    Task("pair", "classes", "bert/sick", PAIR),
    Task("answer", "answer", "bert/answers", ANSWERS),
    Task("tags", "tags", "bert/entities", TAGS),
)
