"""The tables, for both engines. Instants are milliseconds since 1970 UTC."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    false,
    text,
)

metadata = MetaData()

# Counts a voter's slots; SQLite's integers have one width, whatever they are called.
_SLOT = Integer().with_variant(SmallInteger, "sqlite")

# What became of a message, by the digest of its id and the kind of write: when redelivered, it finds its outcome here.
outcomes = Table(
    "outcomes",
    metadata,
    Column("message", LargeBinary(16), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("outcome", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("outcomes_by_age", "at"),
    sqlite_with_rowid=False,
)

# `opened_at` is the opening; `terms` are the poll's terms in JSON; `last_at` is when the counters last changed. From
# `stopped_at` on, where it is set, no vote is taken. `held` of the ballots count for no candidate: those of `holds`
# voters. `channels` in JSON: a channel's ballots and voters.
polls = Table(
    "polls",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(32), nullable=False, unique=True),
    Column("opened_at", BigInteger, nullable=False),
    Column("terms", Text),
    Column("last_at", BigInteger),
    Column("key_check", LargeBinary, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("ballots", BigInteger, nullable=False),
    Column("voters", BigInteger, nullable=False),
    Column("held", BigInteger, nullable=False, server_default="0"),
    Column("holds", BigInteger, nullable=False, server_default="0"),
    Column("channels", Text, nullable=False, server_default="{}"),
    Column("stopped_at", BigInteger),
)

# Each time that a poll was stopped, `until` when it went on. `wanted_by` is who of two has agreed to that.
stops = Table(
    "stops",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("poll", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("by", String(32), nullable=False),
    Column("wanted_by", String(160), nullable=False),
    Column("until", BigInteger),
    Index("stops_by_poll", "poll"),
)

# Which number stands for which option: written once, never changed.
options = Table(
    "options",
    metadata,
    Column("poll", Integer, primary_key=True),
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("name", String(64), nullable=False),
)

# Append-only. `seq` counts the rows of a poll; `option` NULL is a withdrawal. With `act` a row is no vote but a
# decision on the voter; `fresh` marks a vote of a new account and is never published.
ledger = Table(
    "ledger",
    metadata,
    Column("poll", Integer, primary_key=True, autoincrement=False),
    Column("voter", LargeBinary(16), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("slot", _SLOT, nullable=False),
    Column("option", SmallInteger),
    Column("at", BigInteger, nullable=False),
    Column("channel", SmallInteger),
    Column("act", SmallInteger),
    Column("fresh", Boolean),
    Index("ledger_in_order", "poll", "seq", unique=True),
    sqlite_with_rowid=False,
)

ballots = Table(
    "ballots",
    metadata,
    Column("poll", Integer, primary_key=True, autoincrement=False),
    Column("voter", LargeBinary(16), primary_key=True),
    Column("slot", _SLOT, primary_key=True, autoincrement=False),
    Column("option", SmallInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("channel", SmallInteger),
    sqlite_with_rowid=False,
)

# `votes` are the ballots that count for a candidate, `held` those that name it and do not count now.
tallies = Table(
    "tallies",
    metadata,
    Column("poll", Integer, primary_key=True, autoincrement=False),
    Column("option", SmallInteger, primary_key=True, autoincrement=False),
    Column("votes", BigInteger, nullable=False),
    Column("held", BigInteger, nullable=False, server_default="0"),
    sqlite_with_rowid=False,
)

# How far the votes of a poll were looked through for what is suspicious; `state` in JSON is what must be remembered.
watches = Table(
    "watches",
    metadata,
    Column("poll", Integer, primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
)

# What a detector found: voters are held for it until operators have ruled. `numbers` in JSON are its reasons, `voters`
# how many are held for it.
cases = Table(
    "cases",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("poll", Integer, nullable=False),
    Column("detector", String(16), nullable=False),
    Column("option", SmallInteger, nullable=False),
    Column("numbers", Text, nullable=False),
    Column("voters", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("cases_by_state", "state", "at"),
    sqlite_autoincrement=True,
)

# Voters who are or were held; `act` is the last decision on them, as in the ledger.
holds = Table(
    "holds",
    metadata,
    Column("poll", Integer, primary_key=True, autoincrement=False),
    Column("voter", LargeBinary(16), primary_key=True),
    Column("case", BigInteger, nullable=False),
    Column("act", SmallInteger, nullable=False),
    Index("holds_by_case", "case"),
    sqlite_with_rowid=False,
)

# Append-only: which operator ruled what on a case, or on one appeal alone; `voters` as many as the operator saw held.
rulings = Table(
    "rulings",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("case", BigInteger, nullable=False),
    Column("appeal", BigInteger),
    Column("operator", String(160), nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("voters", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("rulings_by_case", "case"),
)

# An account's word against being held. It names no voter: which one it is, only the poll's key tells.
appeals = Table(
    "appeals",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("poll", Integer, nullable=False),
    Column("channel", String(16), nullable=False),
    Column("user", String(128), nullable=False),
    Column("language", String(8), nullable=False),
    Column("text", Text, nullable=False),
    Column("answer", String(16), nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("appeals_by_person", "poll", "channel", "user", unique=True),
    sqlite_autoincrement=True,
)

# The signed heads of a poll's ledger. `frontier` holds what the tree of `size` rows needs to go on.
checkpoints = Table(
    "checkpoints",
    metadata,
    Column("poll", Integer, primary_key=True, autoincrement=False),
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("frontier", LargeBinary, nullable=False),
    Column("note", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

# The counters of a poll as they were at a full hour, written with the first vote that came after it; `votes` in JSON.
snapshots = Table(
    "snapshots",
    metadata,
    Column("poll", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    Column("ballots", BigInteger, nullable=False),
    Column("voters", BigInteger, nullable=False),
    Column("votes", Text, nullable=False),
    Column("held", BigInteger, nullable=False, server_default="0"),
    Column("channels", Text, nullable=False, server_default="{}"),
    sqlite_with_rowid=False,
)

# How much there was of a figure on a local day of Guangdong: no row tells of a person. `place` is the connection that
# counts, so that processes which share a database do not wait for each other; what counts is the sum.
daily_figures = Table(
    "daily_figures",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("channel", String(16), primary_key=True),
    Column("figure", String(16), primary_key=True),
    Column("subject", String(64), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

people = Table(
    "people",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("user", String(128), primary_key=True),
    Column("joined_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("menu", Text, nullable=False),
    Column("poll", String(32), nullable=False),
    Column("topic", String(32), nullable=False),
    Column("topic_at", BigInteger),
    Column("asks", String(64)),
    Column("plain", Boolean, nullable=False, server_default=false()),
    Index(
        "people_by_topic_age",
        "topic_at",
        sqlite_where=text("topic_at IS NOT NULL"),
        postgresql_where=text("topic_at IS NOT NULL"),
    ),
    sqlite_with_rowid=False,
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("user", String(128), primary_key=True),
    Column("chat", String(128), nullable=False),
    Column("minute", SmallInteger, nullable=False),
    Column("language", String(8), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("due_at", BigInteger),
    Column("last_day", String(10)),
    Column("audience", String(16), nullable=False, server_default="everyone"),
    Column("topics", String(128)),
    Column("days", String(7), nullable=False, server_default="1234567"),
    Column("paused_until", String(10)),
    Column("weekly_asked", Boolean, nullable=False, server_default=false()),
    Column("streak", Integer),
    Column("streak_day", String(10)),
    Index(
        "subscriptions_due",
        "due_at",
        sqlite_where=text("due_at IS NOT NULL"),
        postgresql_where=text("due_at IS NOT NULL"),
    ),
    sqlite_with_rowid=False,
)

# The claim: one row for a person and a local date. Its `state` is planned until the message that carries it has ended;
# then both say the same.
deliveries = Table(
    "deliveries",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("user", String(128), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("tip", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(64), nullable=False, server_default=text("''")),
    Column("at", BigInteger, nullable=False),
    Index("deliveries_by_age", "at"),
    sqlite_with_rowid=False,
)

# Questions without the person who asked: `key` is made from what the buttons carry and a secret key. The rows lie in
# the order of keys, so that their place does not tell either.
questions = Table(
    "questions",
    metadata,
    Column("key", LargeBinary(16), primary_key=True),
    Column("text", Text, nullable=False),
    Column("language", String(8), nullable=False),
    Column("became", String(16), nullable=False),
    Column("entry", String(64), nullable=False),
    Column("rating", String(8), nullable=False),
    Column("day", String(10), nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("handled_at", BigInteger),
    Index("questions_by_age", "expires_at"),
    Index("questions_by_entry", "entry", "expires_at"),
    sqlite_with_rowid=False,
)

# A notice of the operators. `reply` in JSON is what all get; `channels` are words; one from the desk begins once, with
# its `revision`. Subscriptions up to the one that
# `past_channel` and `past_user` name have their message planned. The counters change in the commit that plans or ends
# messages.
broadcasts = Table(
    "broadcasts",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("reply", Text, nullable=False),
    Column("audience", String(16), nullable=False),
    Column("channels", String(64), nullable=False),
    Column("operator", String(160), nullable=False),
    Column("state", String(16), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("people", BigInteger, nullable=False),
    Column("past_channel", String(16), nullable=False),
    Column("past_user", String(128), nullable=False),
    Column("is_planned", Boolean, nullable=False),
    Column("planned", BigInteger, nullable=False),
    Column("sent", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
    Column("unknown", BigInteger, nullable=False),
    Column("expired", BigInteger, nullable=False),
    Column("revision", Integer),
    Index("broadcasts_by_revision", "revision", unique=True),
    sqlite_autoincrement=True,
)

# `day` is the local date of the delivery that a message carries. Of those that wait the one with the lowest `turn` goes
# first: it is the instant at which the message was due, negative where the newest goes first. What belongs to a
# `broadcast` has its text there, and goes after all else.
outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("channel", String(16), nullable=False),
    Column("user", String(128), nullable=False),
    Column("chat", String(128), nullable=False),
    Column("reply", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("day", String(10)),
    Column("turn", BigInteger, nullable=False, server_default=text("0")),
    Column("broadcast", BigInteger),
    Index(
        "outbox_waiting",
        "channel",
        "turn",
        "id",
        sqlite_where=text("state = 'planned' AND broadcast IS NULL"),
        postgresql_where=text("state = 'planned' AND broadcast IS NULL"),
    ),
    Index(
        "outbox_of_broadcasts",
        "broadcast",
        "channel",
        "due_at",
        "id",
        sqlite_where=text("state = 'planned' AND broadcast IS NOT NULL"),
        postgresql_where=text("state = 'planned' AND broadcast IS NOT NULL"),
    ),
    Index(
        "outbox_once_a_broadcast",
        "broadcast",
        "channel",
        "user",
        unique=True,
        sqlite_where=text("broadcast IS NOT NULL"),
        postgresql_where=text("broadcast IS NOT NULL"),
    ),
    Index(
        "outbox_by_end",
        "expires_at",
        sqlite_where=text("state = 'planned'"),
        postgresql_where=text("state = 'planned'"),
    ),
    Index(
        "outbox_under_way",
        "channel",
        sqlite_where=text("state = 'sending'"),
        postgresql_where=text("state = 'sending'"),
    ),
    Index(
        "outbox_ended",
        "expires_at",
        sqlite_where=text("state NOT IN ('planned', 'sending')"),
        postgresql_where=text("state NOT IN ('planned', 'sending')"),
    ),
    Index("outbox_by_person", "channel", "user"),
)

# What a channel keeps for itself, in a form that only it reads; `user` is empty for what is about nobody. After `until`
# a record is worth nothing.
channel_records = Table(
    "channel_records",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("user", String(128), primary_key=True),
    Column("state", LargeBinary, nullable=False),
    Column("until", BigInteger),
    Index("channel_records_by_age", "until"),
    sqlite_with_rowid=False,
)

# The last answer of each person that was too long to be shown at once, whole, in JSON; for ten minutes.
long_answers = Table(
    "long_answers",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("user", String(128), primary_key=True),
    Column("answer", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("long_answers_by_age", "at"),
    sqlite_with_rowid=False,
)

# `step` is what a draft asks for next; `waits_since` when the story came into the reviewers' queue. An id is never used
# again: links lead to it.
stories = Table(
    "stories",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("channel", String(16), nullable=False),
    Column("user", String(128), nullable=False),
    Column("language", String(8), nullable=False),
    Column("state", String(16), nullable=False),
    Column("step", String(16), nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("about", String(16), nullable=False),
    Column("agreed", Boolean, nullable=False),
    Column("name", Text),
    Column("reason", Text, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("waits_since", BigInteger),
    Column("round", Integer, nullable=False),
    Column("published_at", BigInteger),
    Column("photo", String(32)),
    Column("photo_digest", LargeBinary(32)),
    Index("stories_by_author", "channel", "user"),
    Index("stories_waiting", "state", "waits_since"),
    Index("stories_published", "state", "published_at"),
    sqlite_autoincrement=True,
)

# Append-only: who decided what on exactly which text.
decisions = Table(
    "decisions",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("story", BigInteger, nullable=False),
    Column("round", Integer, nullable=False),
    Column("reviewer", String(160), nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("decisions_by_story", "story"),
)

# Requests to take a story down. An account asks once about one text.
objections = Table(
    "objections",
    metadata,
    Column("story", BigInteger, primary_key=True, autoincrement=False),
    Column("channel", String(16), primary_key=True),
    Column("user", String(128), primary_key=True),
    Column("digest", LargeBinary(32), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("objections_by_person", "channel", "user", "at"),
    sqlite_with_rowid=False,
)

# `source` is what the channel knows a photo by until it has been fetched; `due_at` is when to fetch it, NULL once it is
# here.
# Without a `story` it was brought and not given to one yet.
photos = Table(
    "photos",
    metadata,
    Column("key", String(32), primary_key=True),
    Column("story", BigInteger),
    Column("channel", String(16), nullable=False),
    Column("source", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", BigInteger),
    Column("jpeg", LargeBinary),
    Column("digest", LargeBinary(32)),
    Column("at", BigInteger, nullable=False),
    Index("photos_by_story", "story"),
    Index(
        "photos_due",
        "due_at",
        sqlite_where=text("due_at IS NOT NULL"),
        postgresql_where=text("due_at IS NOT NULL"),
    ),
)

# By what a public story is found.
story_terms = Table(
    "story_terms",
    metadata,
    Column("term", String(16), primary_key=True),
    Column("story", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

# Who works at the desk. A row stays when its person goes, so that nobody else gets the name. `totp` is the sealed
# secret of the authenticator, `last_step` the last of its time steps that was used; `invitation` is the digest of a
# link's token.
colleagues = Table(
    "colleagues",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(32), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("password", Text, nullable=False),
    Column("totp", LargeBinary, nullable=False),
    Column("last_step", BigInteger, nullable=False),
    Column("invitation", LargeBinary(32)),
    Column("invited_until", BigInteger),
    Column("changed_at", BigInteger, nullable=False),
)

# What somebody of the desk has uploaded and looks through before anything is made of it; `content` in JSON.
desk_uploads = Table(
    "desk_uploads",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("colleague", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("desk_uploads_by_age", "at"),
)

# Sessions at the desk, by the digest of what the browser holds.
desk_sessions = Table(
    "desk_sessions",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("colleague", Integer, nullable=False),
    Column("began_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Index("desk_sessions_by_age", "began_at"),
    Index("desk_sessions_by_colleague", "colleague"),
)

# Attempts to sign in that failed, or are not over: of an account, or from an address; `key` tells neither.
desk_attempts = Table(
    "desk_attempts",
    metadata,
    Column("key", LargeBinary(16), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("desk_attempts_by_age", "at"),
)

# Append-only: what was done at the desk. `digest` covers the row and the digest of the row before.
desk_log = Table(
    "desk_log",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("who", String(160), nullable=False),
    Column("act", String(32), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
)

# What is written at the desk and published by a second person. `body` is JSON; `authors` have a line each.
revisions = Table(
    "revisions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("base", String(64), nullable=False),
    Column("over", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("authors", Text, nullable=False),
    Column("second", String(160), nullable=False),
    Column("reason", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Index("revisions_by_state", "kind", "state", "id"),
    Index("revisions_by_subject", "kind", "subject", "id"),
)

# Which revision is in force for a subject. Each publication takes the next number.
publications = Table(
    "publications",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("subject", String(64), primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("revision", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
)

# A row while all that we send on our own account waits: who wanted it so, and since when.
halts = Table(
    "halts",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("who", String(160), nullable=False),
    Column("at", BigInteger, nullable=False),
)

# What only a person can know before the service opens to the public, by the item of the list: who has seen to it.
ticks = Table(
    "ticks",
    metadata,
    Column("item", String(32), primary_key=True),
    Column("who", String(160), nullable=False),
    Column("at", BigInteger, nullable=False),
)
