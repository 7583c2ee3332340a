"""Short opinions, for and against, written for this room in the manner of film reviews (Apache-2.0)."""

_FOR = """\
A warm and funny film from beginning to end.
The music was beautiful and the story touched my heart.
I laughed all evening and went home happy.
The food was delicious and the people were kind.
One of the best books I have ever read.
A wonderful little story, told with great love.
The actors are superb and the ending is perfect.
We had a lovely time and will come again.
It is a joy to watch, clever and full of life.
The garden was bright and the house was clean.
She sings so sweetly that nobody wanted to leave.
An exciting tale with a brave and charming hero.
I was delighted with every page of it.
The soup was hot, rich and very good.
A fine film, gentle and true.
Everyone in the room was smiling at the end.
The pictures are splendid and the jokes are good.
This is a great gift for any child.
A quick and pleasant journey with friendly guides.
He played so well that we stood up and clapped.
The best day of the whole summer.
Fresh, lively and full of good ideas.
The bed was soft and I slept very well.
I loved it and so did my mother.
A clear and honest book that helps the reader.
The dance was graceful and the dresses were pretty.
It made me hopeful and glad to be alive.
The new teacher is patient and kind to all of us.
A rich, moving and memorable evening.
The cake was sweet and light, and soon it was gone.
Such a clever plot, and what a happy surprise.
They worked fast and did everything right.
"""

_AGAINST = """\
A dull and lifeless film from beginning to end.
The music was loud and the story made no sense.
I was bored all evening and went home angry.
The food was cold and the people were rude.
One of the worst books I have ever read.
A silly little story, told without any care.
The actors are stiff and the ending is stupid.
We had a terrible time and will never come again.
It is a pain to watch, slow and full of mistakes.
The garden was dead and the house was dirty.
She sings so badly that everybody wanted to leave.
A tiresome tale with a cruel and foolish hero.
I was disappointed with every page of it.
The soup was thin, sour and very bad.
A poor film, noisy and false.
Everyone in the room was asleep at the end.
The pictures are ugly and the jokes are bad.
This is a sad waste of money for any child.
A long and unpleasant journey with lazy guides.
He played so badly that we got up and left.
The worst day of the whole summer.
Stale, weak and without a single idea.
The bed was hard and I could not sleep at all.
I hated it and so did my mother.
A confused and dishonest book that misleads the reader.
The dance was clumsy and the dresses were torn.
It made me hopeless and sorry that I came.
The new teacher is impatient and unfair to all of us.
A poor, empty and forgettable evening.
The cake was dry and heavy, and nobody ate it.
Such a weak plot, and what a nasty surprise.
They worked slowly and did everything wrong.
"""

OPINIONS: tuple[tuple[str, bool], ...] = tuple(
    pair
    for good, bad in zip(_FOR.splitlines(), _AGAINST.splitlines(), strict=True)
    for pair in ((good, True), (bad, False))
)
