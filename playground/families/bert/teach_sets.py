"""Labelled sentences to begin with, written for this page in words that the small encoder knows."""

from dataclasses import dataclass

from playground.core.words import Text


@dataclass(frozen=True)
class Ready:
    """A set that is ready to be learned; rows are (text, second text, label)."""

    key: str
    name: Text
    about: Text
    rows: tuple[tuple[str, str, str], ...]
    tries: tuple[tuple[str, str], ...]  # sentences to try, of no label


def _rows(**groups: str) -> tuple[tuple[str, str, str], ...]:
    """One sentence a line, labels in turn: whoever takes the first lines gets some of each."""
    columns = [[(line.strip(), "", label) for line in text.strip().splitlines()] for label, text in groups.items()]
    return tuple(row for turn in zip(*columns, strict=True) for row in turn)


FEELINGS = _rows(
    happy="""
    I am so happy that you came.
    The children laughed and played all day.
    What a beautiful and happy morning!
    She smiled when she saw her friend.
    We laughed and had a wonderful time.
    He was glad to be home again.
    This is the best and happiest day of my life.
    They danced and sang with joy until midnight.
    My heart was full of joy.
    I love this beautiful song very much.
    The good news made everybody glad.
    She smiled and was proud of her little boy.
    We won the game and everyone laughed.
    He gave her a warm and happy smile.
    It was a lovely evening with good friends.
    The girl laughed with joy over her present.
    I feel happy and much better today.
    They were very pleased and glad to see us.
    Everything went well and we are happy.
    The old man laughed with pleasure.
    """,
    sad="""
    I am so sad that you must die.
    The children cried because the dog was dead.
    What a dark and terrible night it was!
    She wept when she lost her mother.
    We cried and could not speak.
    He was alone and full of fear.
    This is the worst and saddest day of my life.
    They wept in silence at the grave.
    Her heart was full of sorrow and pain.
    I cried for my poor dead mother.
    The terrible news made everybody sad.
    She wept and was afraid for her sick child.
    We lost him and everyone cried.
    He turned away with tears in his eyes.
    It was a terrible night without any hope.
    The girl cried with pain and fear.
    I feel sad and alone today.
    They were very sad and afraid to speak.
    Everything is lost and we are sad.
    The poor old man died in pain.
    """,
)

TOPICS = _rows(
    food="""
    The soup is hot and needs more salt.
    She cut the bread and put butter on it.
    We ate fish and rice for dinner.
    He drinks a cup of coffee every morning.
    This cake is sweet and full of fruit.
    The cook put the meat into the oven.
    I would like a glass of cold milk.
    They made a salad from fresh vegetables.
    Do you want some cheese with your bread?
    The apples in the kitchen taste good.
    My mother bakes a pie on Sunday.
    He was hungry and asked for an egg.
    Wash the potatoes before you cook them.
    The wine was poured at the table.
    A little sugar makes the tea better.
    The restaurant serves good chicken.
    """,
    travel="""
    The train leaves at nine in the morning.
    We flew to Paris and stayed for a week.
    She packed her bag for the long journey.
    He lost his ticket at the station.
    The road goes through the mountains.
    Our ship arrived in the harbour at night.
    I would like a room with a view of the sea.
    They crossed the border by bus.
    How far is it from here to London?
    The plane was late because of the snow.
    My brother drove across the country.
    He walked along the river to the next town.
    Show the officer your papers before you enter.
    The hotel is near the old bridge.
    A good map makes the trip easier.
    The passengers waited on the platform.
    """,
    money="""
    The bank lends money to small companies.
    She paid the bill and got a receipt.
    Prices rose by three per cent last year.
    He sold his shares for a high price.
    The tax on income is too high.
    Our company lost a million dollars.
    I would like to save a part of my wages.
    They bought the land for a low price.
    How much does this house cost?
    The market fell after the report.
    My father owes the bank a large debt.
    He earned more than the others.
    Count the coins before you spend them.
    The profit of the firm was small.
    A loan makes the purchase possible.
    The government cut its budget.
    """,
)

QUESTIONS = _rows(
    person="""
    Who wrote this book?
    Who was the first king of England?
    Who is the man with the black hat?
    Who painted this famous picture?
    Which woman won the prize?
    Who lives in the house on the hill?
    Who will be the next president?
    What is the name of your teacher?
    Who gave you this letter?
    Who was with you last night?
    Whose daughter is she?
    Which writer was born in this town?
    """,
    place="""
    Where is the nearest station?
    Where does the river begin?
    In which country is this town?
    Where did you put my keys?
    What city is the capital of France?
    Where do these birds go in winter?
    Where was your father born?
    Which country is south of Germany?
    Where can I buy a ticket?
    Where did they find the gold?
    In what street do you live?
    On which island did he die?
    """,
    number="""
    How many children do you have?
    How much does the ticket cost?
    How far is it to the moon?
    How old is your brother?
    How many people live in this city?
    How long is the river?
    How many days are in a year?
    How high is that mountain?
    How much water does a man need?
    How many books did she write?
    How fast can the horse run?
    How many men were killed in the war?
    """,
    time="""
    When did the war begin?
    When does the train leave?
    In which year was he born?
    When will you come home?
    What day is it today?
    When do the shops open?
    On what date did she arrive?
    When was the bridge built?
    At what hour do we eat dinner?
    When did the king die?
    In what month does school start?
    When is your birthday?
    """,
)

STORIES = (
    ("The boy was very hungry.", "He ate two big pieces of bread."),
    ("It began to rain.", "She opened her umbrella and walked on."),
    ("The door was locked.", "He looked for the key in his pocket."),
    ("The baby cried all night.", "Her mother could not sleep."),
    ("The soup was too hot.", "He waited until it was cool."),
    ("They lost their way in the forest.", "At last they found a small path."),
    ("The teacher asked a question.", "Nobody in the class knew the answer."),
    ("The dog saw a cat.", "It ran after it through the garden."),
    ("The glass fell from the table.", "It broke into a hundred pieces."),
    ("She was tired after the long day.", "She went to bed early."),
    ("He bought a new horse.", "He rode it home the same evening."),
    ("The sun went down.", "Soon it was dark in the valley."),
    ("The ship left the harbour.", "The people on the shore waved goodbye."),
    ("My brother broke his leg.", "The doctor told him to stay in bed."),
    ("The old house was on fire.", "Men came with water to put it out."),
    ("She wrote a letter to her sister.", "The answer came a week later."),
    ("The car would not start.", "We had to take the bus."),
    ("He forgot her birthday.", "She was angry with him."),
    ("The king was very ill.", "The best doctors came to the palace."),
    ("We planted a tree in the garden.", "In spring it had green leaves."),
    ("The window was open.", "A bird flew into the room."),
    ("The road was covered with snow.", "The car moved slowly."),
    ("She found a purse in the street.", "There was a lot of money in it."),
    ("The judge read the sentence.", "The prisoner bowed his head."),
)


def _pairs() -> tuple[tuple[str, str, str], ...]:
    """Every other first sentence keeps its second one; the rest exchange theirs. No sentence occurs twice."""
    strangers = [second for _, second in STORIES[1::2]]
    odd = [(first, strangers[(i + 5) % len(strangers)], "does not") for i, (first, _) in enumerate(STORIES[1::2])]
    return tuple(
        row
        for (first, second), other in zip(STORIES[::2], odd, strict=True)
        for row in ((first, second, "follows"), other)
    )


SETS = (
    Ready(
        "topics",
        Text("Food, travel or money", "饮食、旅行还是金钱"),
        Text("48 sentences, 3 labels", "48 句，3 个标签"),
        TOPICS,
        (
            ("We had bread and cheese on the train.", ""),
            ("The ticket was cheap.", ""),
            ("The kitchen smells of onions.", ""),
        ),
    ),
    Ready(
        "feelings",
        Text("Happy or sad", "快乐还是悲伤"),
        Text("40 sentences, 2 labels", "40 句，2 个标签"),
        FEELINGS,
        (("The news made her smile.", ""), ("He sat alone and wept.", ""), ("Nobody came to the party.", "")),
    ),
    Ready(
        "questions",
        Text("What does the question ask for?", "这个问题在问什么？"),
        Text("48 questions, 4 labels", "48 个问题，4 个标签"),
        QUESTIONS,
        (("Who built this church?", ""), ("Where is my hat?", ""), ("What is the height of the tower?", "")),
    ),
    Ready(
        "follows",
        Text("Does it follow?", "第二句接得上吗？"),
        Text("24 pairs, 2 labels", "24 对，2 个标签"),
        _pairs(),
        (
            ("She dropped the cup.", "The tea ran over the floor."),
            ("She dropped the cup.", "The market fell last year."),
        ),
    ),
)
