//! Every limit of the relay, with the reason for its value. The session resource repeats those a client needs.

use std::time::Duration;

use crate::rate::bucket::Rate;

/// Largest upload: the contract asks for at least 100 MB; base64 of a letter with 85 MB of attachments fits.
pub const UPLOAD_BYTES: u64 = 120_000_000;
/// Uploads at the same time per account (RFC 8620 §2 suggests 4).
pub const CONCURRENT_UPLOADS: u64 = 4;
/// Largest API request: a vault or index blob in base64 fits several times.
pub const REQUEST_BYTES: u64 = 10_000_000;
/// API requests at the same time per account (RFC 8620 §2 suggests 4; a page and its second tab need more).
pub const CONCURRENT_REQUESTS: u64 = 8;
/// API requests worked on at the same time, of all accounts, for each processor: enough for commits to be shared and for no processor
/// to wait; more would only be later.
pub const REQUESTS_AT_ONCE: usize = 8;
/// The same of uploads. Fewer than the requests that make letters of them: what was begun goes before what begins.
pub const UPLOADS_AT_ONCE: usize = 4;
/// How many times as many over PostgreSQL, whose statements are on their way most of the time.
pub const POSTGRES_AT_ONCE: usize = 3;
/// Uploads of files, which go on as long as their octets arrive; each holds a thread.
pub const LONG_UPLOADS_AT_ONCE: usize = 128;
/// How many may wait for each place.
pub const WAITING_FOR_EACH: usize = 16;
/// Requests and small uploads: so many wait as are served within this time at the pace of late, so that nobody is late after a burst.
pub const LONGEST_ROW: Duration = Duration::from_millis(50);
/// How long a request waits for a place. Their number is soon served, unless the disk stands still for a moment.
pub const WAIT_FOR_PLACE: Duration = Duration::from_millis(500);
/// A wait that is none yet: as long as some are no longer, everybody is served. Who waits already waits no longer once waiting is in vain.
pub const SOON: Duration = Duration::from_millis(20);
/// How long a request waits during a flood, and how often those who wait already hear whether there is one.
pub const WAIT_WHEN_SWAMPED: Duration = Duration::from_millis(5);
/// How often it looks for a place meanwhile.
pub const LOOK_FOR_PLACE: Duration = Duration::from_millis(1);
/// A flood is over when nobody was refused for so long.
pub const FLOOD_OVER: Duration = Duration::from_millis(200);
/// When whoever found none may come back, in seconds.
pub const OVERLOAD_RETRY: u64 = 1;
/// Method calls in one request (RFC 8620 §2 suggests 16).
pub const CALLS_IN_REQUEST: u64 = 32;
/// Records in one `/get` (RFC 8620 §2 suggests 500).
pub const OBJECTS_IN_GET: u64 = 1_000;
/// Changes in one `/set` (RFC 8620 §2 suggests 500).
pub const OBJECTS_IN_SET: u64 = 500;
/// Ids one `/query` returns.
pub const QUERY_RESULTS: u64 = 5_000;
/// Results of a query in which the relay looks for places, to tell what changed in them.
pub const QUERY_CHANGES_RESULTS: u64 = 100_000;
/// Nesting of filter operators.
pub const FILTER_DEPTH: usize = 16;
/// Conditions in one filter; SQLite stops at 1,000 levels of expression.
pub const FILTER_CONDITIONS: usize = 100;

/// Envelopes in one sending: one per class and one per Bcc.
pub const ENVELOPES: u64 = 100;
/// Recipients in one sending.
pub const RECIPIENTS: u64 = 200;
/// How far ahead a sending may be set: 30 days.
pub const DELAYED_SEND: i64 = 30 * DAY;
/// How long a `clientLetterId` has one effect: 30 days (the contract).
pub const CLIENT_LETTER_ID_LIFETIME: i64 = 30 * DAY;
/// Largest card: headers, first words and a list of attachments, padded.
pub const CARD_BYTES: u64 = 1_000_000;
/// Outer headers of a letter; foreign programs rarely pass 20 KB.
pub const HEADER_BYTES: usize = 256_000;
/// An upload nothing refers to is kept one hour (the contract; RFC 8620 §6.1 asks for that at least).
pub const UNREFERENCED_BLOB_LIFETIME: i64 = 3_600;
/// Blobs the sweep looks at in one transaction.
pub const DOUBTS_AT_A_TIME: usize = 500;
/// Blobs one Email may hold.
pub const HELD_BLOBS: usize = 100;

/// Wait before each further attempt at another relay, in seconds; the last one again and again (the contract).
pub const RETRY_LADDER: [i64; 9] = [10, 30, 120, 300, 600, 900, 1_800, 3_600, 7_200];
/// A wait is longer by up to this part of it, by chance: what failed together must not come again together.
pub const RETRY_JITTER_PART: i64 = 5;
/// The sender of an urgent letter that still waits is told after so long (the contract).
pub const DELAY_URGENT: i64 = 1_800;
/// The same for a routine one.
pub const DELAY_ROUTINE: i64 = 4 * 3_600;
/// An urgent letter is given up after one day (the contract).
pub const GIVE_UP_URGENT: i64 = DAY;
/// A routine one after five (RFC 5321 §4.5.4.1 asks for four or five).
pub const GIVE_UP_ROUTINE: i64 = 5 * DAY;
/// From this priority on (RFC 6710 §5) a submission is urgent.
pub const URGENT_PRIORITY: i8 = 4;
/// Failures in a row after which a host is left alone.
pub const HOST_FAILURES: i64 = 5;
/// How long, before it is probed again; longer with each probe that fails, by the ladder from here on.
pub const HOST_REST_STEP: i64 = 3;
/// Connections to one host at the same time.
pub const HOST_CONNECTIONS: usize = 4;
/// Connections to all hosts at the same time.
pub const OUTBOUND_CONNECTIONS: usize = 64;
/// Recipients in one transaction with another relay (RFC 5321 §4.5.3.1.8: every server takes 100).
pub const OUTBOUND_RECIPIENTS: usize = 100;
/// Work taken from the queue belongs to its node for so long, and is renewed while it goes on.
pub const LEASE: i64 = 120;
/// How often it is renewed.
pub const LEASE_RENEWAL: Duration = Duration::from_secs(30);
/// How long a letter from another relay is remembered, so that it arrives once: longer than any relay tries.
pub const INBOUND_LIFETIME: i64 = 30 * DAY;

/// Octets of a command line, its end included (RFC 5321 §4.5.3.1.4).
pub const SMTP_COMMAND_BYTES: usize = 512;
/// What the parameters of MAIL and RCPT add at most (RFC 1870 §4, RFC 3461 §4).
pub const SMTP_PARAMETER_BYTES: usize = 512;
/// Octets of a line of text, its end included (RFC 5321 §4.5.3.1.6).
pub const SMTP_TEXT_BYTES: usize = 1_000;
/// Octets of one line that are read over to find its end; then the connection ends.
pub const SMTP_OVERLONG_BYTES: usize = 65_536;
/// Largest letter from another relay: as large as an upload.
pub const SMTP_LETTER_BYTES: u64 = UPLOAD_BYTES;
/// Recipients in one transaction (RFC 5321 §4.5.3.1.8 asks for 100 at least).
pub const SMTP_RECIPIENTS: usize = 200;
/// Commands in one connection.
pub const SMTP_COMMANDS: u64 = 2_000;
/// Refused commands in one connection.
pub const SMTP_ERRORS: u64 = 20;
/// Recipients nobody here is, in one connection: whoever asks for more collects addresses.
pub const SMTP_UNKNOWN_RECIPIENTS: u64 = 10;
/// Connections at the same time.
pub const SMTP_CONNECTIONS: usize = 200;
/// The same from one network address.
pub const SMTP_CONNECTIONS_PER_ADDRESS: usize = 20;
/// How long a server waits for a command (RFC 5321 §4.5.3.2.7).
pub const SMTP_COMMAND_WAIT: Duration = Duration::from_secs(300);
/// How long either side waits for a piece of a letter (RFC 5321 §4.5.3.2.5).
pub const SMTP_DATA_WAIT: Duration = Duration::from_secs(180);
/// How long a whole letter may take: a line of 1 Mbit/s brings the largest one in a quarter of an hour.
pub const SMTP_LETTER_TIME: Duration = Duration::from_secs(1_800);
/// How long a whole connection may take.
pub const SMTP_CONNECTION_TIME: Duration = Duration::from_secs(2 * 3_600);
/// How long it may take to connect, and to agree on TLS.
pub const SMTP_CONNECT_WAIT: Duration = Duration::from_secs(60);
/// How long a client waits for the greeting and the replies to MAIL and RCPT (RFC 5321 §4.5.3.2.1 to 3).
pub const SMTP_REPLY_WAIT: Duration = Duration::from_secs(300);
/// How long it waits for the reply to DATA (RFC 5321 §4.5.3.2.4).
pub const SMTP_DATA_REPLY_WAIT: Duration = Duration::from_secs(120);
/// How long it waits for the reply to a letter (RFC 5321 §4.5.3.2.6).
pub const SMTP_LETTER_REPLY_WAIT: Duration = Duration::from_secs(600);
/// Octets of one reply of another relay; what is longer is none.
pub const SMTP_REPLY_BYTES: usize = 16_384;
/// How much of a reply is kept and shown.
pub const SMTP_REPLY_SHOWN: usize = 500;
/// Largest report (RFC 3464, RFC 8098): what it reports of is only quoted in it.
pub const REPORT_BYTES: u64 = 1_000_000;
/// Recipients one report speaks of.
pub const REPORT_RECIPIENTS: usize = 200;

/// Largest blob of the vault.
pub const VAULT_ITEM_BYTES: usize = 1_000_000;
/// Blobs of a vault.
pub const VAULT_ITEMS: i64 = 64;
/// Largest segment of the sealed index.
pub const SEGMENT_BYTES: usize = 1_000_000;
/// Segments one answer carries: with the largest size, 10 MB.
pub const SEGMENTS_IN_GET: u64 = 500;
/// Bytes of segments one answer carries.
pub const SEGMENT_BYTES_IN_GET: usize = 8_000_000;
/// Addresses in one look-up.
pub const LOOKUP_ADDRESSES: u64 = 200;
/// Entries one directory query returns.
pub const DIRECTORY_RESULTS: u64 = 50;
/// Certificates an account publishes: two current, two being replaced, and their issuers' doubles.
pub const CERTIFICATES: u64 = 16;
/// Largest certificate.
pub const CERTIFICATE_BYTES: usize = 16_384;

/// Blobs up to this size lie in the database: below it a row is written and read sooner than a file.
pub const BLOB_IN_ROW: usize = 65_536;
/// Octets of the disk that no blob may take: while it is full for letters, what makes room still works, and SQLite's log, which may
/// have room for some writes and none for others, is no matter of luck.
pub const DISK_RESERVE: u64 = 16 * 1024 * 1024;
/// Largest blob `Blob/upload` makes: as large as an upload.
pub const BLOB_SET_BYTES: u64 = UPLOAD_BYTES;
/// Sources of one blob (RFC 9404 §3.1 asks for 64 at least).
pub const DATA_SOURCES: u64 = 64;
/// Octets of blobs one request may copy or hash: one of the largest. A short request must not make long work.
pub const BLOB_BYTES_IN_REQUEST: u64 = UPLOAD_BYTES;
/// What a small blob counts of them: two syncs to disk take longer than its octets.
pub const BLOB_BYTES_AT_LEAST: u64 = 65_536;
/// Octets of blobs one answer carries, before base64: they are in memory. More is for downloads.
pub const BLOB_BYTES_IN_ANSWER: u64 = REQUEST_BYTES;

/// Octets an account's Emails may take, where its keeper set nothing else: twenty years of a busy practice, at 10 MB a day.
pub const QUOTA_OCTETS: i64 = 50_000_000_000;
/// Emails of an account, where its keeper set nothing else.
pub const QUOTA_LETTERS: i64 = 2_000_000;
/// Beyond its limit an account can add nothing itself; what others send still comes in, up to a quarter more.
pub const QUOTA_RESERVE_PART: i64 = 4;
/// The account is warned a tenth before its limit.
pub const QUOTA_WARN_PART: i64 = 10;

/// Emails of one Thread; what answers a full one begins the next. No conversation has so many; a hostile one could.
pub const THREAD_EMAILS: i64 = 500;
/// Longest Mailbox name (RFC 8621 §1.3.1 asks for 100 at least).
pub const MAILBOX_NAME_BYTES: usize = 490;
/// Levels of Mailboxes.
pub const MAILBOX_DEPTH: u64 = 10;
/// Mailboxes of an account.
pub const MAILBOXES: u64 = 1_000;
/// Keywords on an Email.
pub const KEYWORDS: usize = 100;
/// Longest keyword (RFC 8621 §4.1.1).
pub const KEYWORD_BYTES: usize = 255;

/// A session ends after twelve hours: one working day.
pub const SESSION_LIFETIME: i64 = 12 * 3_600;
/// A program's token that has a name lives a year, unless its keeper says otherwise.
pub const TOKEN_DAYS_USUAL: i64 = 365;
/// Longest life of a program's token: three years, as a certificate.
pub const TOKEN_DAYS: i64 = 1_096;
/// Longest name of a program's token.
pub const TOKEN_NAME_BYTES: usize = 100;
/// A change of pass phrase needs a log-in at most ten minutes old.
pub const FRESH_LOGIN: i64 = 600;
/// A log-in's two messages may lie this far apart; Argon2id on an old machine takes seconds.
pub const LOGIN_PENDING: i64 = 120;
/// Attempts at one way in from one network, or with one device's token, that are answered at once, successes aside.
pub const LOGIN_ATTEMPTS: i64 = 10;
/// After these, one in a quarter of an hour: a thousand in ten days.
pub const LOGIN_WINDOW: i64 = 900;
/// The two above.
pub const OWN_ATTEMPTS: Rate = Rate::of_attempts(LOGIN_ATTEMPTS.unsigned_abs(), LOGIN_WINDOW.unsigned_abs());
/// Seconds of waiting that an attempt costs its network, whatever account it is for.
pub const NETWORK_ATTEMPT: i64 = 9;
/// Failed attempts from one network: a hundred at once, as many again in a quarter of an hour. A hospital is one network.
pub const NETWORK_ATTEMPTS: Rate = Rate::of_attempts(100, NETWORK_ATTEMPT.unsigned_abs());
/// Seconds of waiting that a stranger's attempt costs the others.
pub const STRANGERS_ATTEMPT: i64 = 120;
/// Attempts at one way in from all the networks it was never opened from: a hundred at once, then 720 a day. One network has
/// 106 on its first day and 96 on each later one, so that it takes eight of them to keep a ninth waiting.
pub const STRANGERS_ATTEMPTS: Rate = Rate::of_attempts(100, STRANGERS_ATTEMPT.unsigned_abs());
/// A device not used for half a year is forgotten.
pub const DEVICE_LIFETIME: i64 = 180 * DAY;
/// Devices an account has at most; the one longest unused makes room.
pub const DEVICES: i64 = 10;
/// A network an account was not opened from for three months is forgotten.
pub const KNOWN_NETWORK_LIFETIME: i64 = 90 * DAY;
/// Networks of an account that are remembered.
pub const KNOWN_NETWORKS: i64 = 10;

/// Requests of an account: a page needs some hundreds to begin with, a program that fetches an archive goes on longer.
pub const ACCOUNT_REQUESTS: Rate = Rate { burst: 2_000, per_second: 200 };
/// Requests from a network: a hospital's pages behind one address.
pub const NETWORK_REQUESTS: Rate = Rate { burst: 10_000, per_second: 1_000 };
/// Octets an account uploads: a morning's attachments at once, then 7 GB an hour, which is how long an upload without a
/// letter is kept.
pub const ACCOUNT_OCTETS: Rate = Rate { burst: 2_000_000_000, per_second: 2_000_000 };
/// Octets uploaded from a network.
pub const NETWORK_OCTETS: Rate = Rate { burst: 20_000_000_000, per_second: 20_000_000 };
/// Recipients an account writes to: ten letters to as many as a letter may have, then 3,600 an hour. A person never comes near; a
/// stolen token would.
pub const ACCOUNT_RECIPIENTS: Rate = Rate { burst: 2_000, per_second: 1 };
/// Recipients written to from a network.
pub const NETWORK_RECIPIENTS: Rate = Rate { burst: 50_000, per_second: 25 };
/// Accounts and networks counted apart; each takes less than 100 bytes.
pub const BUCKETS: usize = 100_000;
/// An enrolment code is good for 30 days: a letter by post.
pub const ENROLMENT_CODE_LIFETIME: i64 = 30 * DAY;
/// Bytes of an auth request.
pub const AUTH_REQUEST_BYTES: usize = 4_000_000;
/// Largest OPAQUE message this suite has, with room.
pub const OPAQUE_MESSAGE_BYTES: usize = 1_024;
/// Largest wrap of a vault key.
pub const WRAP_BYTES: usize = 4_096;

/// The changes of an account are remembered 30 days; older states give `cannotCalculateChanges`.
pub const CHANGE_LOG_LIFETIME: i64 = 30 * DAY;
/// Changes one `/changes` answer names.
pub const CHANGES: u64 = 5_000;

/// Shortest interval between two pings of the event source (RFC 8620 §7.3 allows a minimum).
pub const PING_MINIMUM: u64 = 5;
/// Longest interval.
pub const PING_MAXIMUM: u64 = 600;
/// WebSockets open at the same time per account: the tabs and programs of one person.
pub const CONCURRENT_SOCKETS: u64 = 8;
/// Tickets for WebSockets that wait, per session: one for each socket it may open.
pub const TICKETS: i64 = 8;
/// A ticket is used at once, or not.
pub const TICKET_LIFETIME: i64 = 60;
/// How often a WebSocket is pinged, and its session looked at: below the minute after which many proxies cut a silent line.
pub const SOCKET_PING: Duration = Duration::from_secs(30);
/// A WebSocket that does not answer three pings is closed.
pub const SOCKET_SILENCE: Duration = Duration::from_secs(90);
/// Who does not read what is written for so long is cut off.
pub const UNREAD: Duration = Duration::from_secs(60);
/// The head of a request, and the wait for the next one on a line that is kept.
pub const HEAD_TIME: Duration = Duration::from_secs(30);
/// Octets of a request's head, HTTP/1.1; the rest of the buffer is for its body.
pub const HEAD_BYTES: usize = 64 * 1024;
/// The same for HTTP/2, counted as RFC 9113 §6.5.2 does.
pub const H2_HEAD_BYTES: u32 = 64 * 1024;
/// Requests at the same time on one line of HTTP/2.
pub const H2_STREAMS: u32 = 100;
/// Octets of an answer that wait for room in a line of HTTP/2.
pub const H2_UNSENT: usize = 256 * 1024;
/// How often a line of HTTP/2 is pinged.
pub const H2_PING: Duration = Duration::from_secs(30);
/// How long the answer to that may take.
pub const H2_PING_ANSWER: Duration = Duration::from_secs(20);
/// The whole handshake of TLS.
pub const TLS_HANDSHAKE: Duration = Duration::from_secs(15);
/// How often the files of certificate and key are looked at.
pub const CERTIFICATE_CHECK: Duration = Duration::from_secs(30);
/// Open connections of one listener; each takes some ten kilobytes.
pub const CONNECTIONS: usize = 20_000;
/// Open connections from one network; a hospital's pages behind one address.
pub const NETWORK_CONNECTIONS: usize = 2_000;
/// What is under way when the relay is told to stop may take so long.
pub const STOP_GRACE: Duration = Duration::from_secs(20);
/// Push subscriptions of an account: a few programs on a few devices (RFC 8620 §8.6 asks for a limit).
pub const PUSH_SUBSCRIPTIONS: i64 = 32;
/// Those it may make within [`PUSH_CREATION_WINDOW`]: each has the relay ask an address the account chose (§8.6).
pub const PUSH_CREATIONS: i64 = 32;
/// Quarter of an hour.
pub const PUSH_CREATION_WINDOW: i64 = 900;
/// How long a subscription lives whose session does not end before (RFC 8620 §7.2 asks for 7 days, 48 hours at least).
pub const PUSH_LIFETIME: i64 = 30 * DAY;
/// Longest URL of one; those of push services have a few hundred octets.
pub const PUSH_URL_BYTES: usize = 2_048;
/// Longest `deviceClientId`.
pub const PUSH_CLIENT_ID_BYTES: usize = 255;
/// Types one names; there are ten.
pub const PUSH_TYPES: usize = 64;
/// Longest name of a type.
pub const PUSH_TYPE_BYTES: usize = 64;
/// How long a push service keeps a message for a device that is off (RFC 8030 §5.2): after a week it asks anyway.
pub const PUSH_TTL: i64 = 7 * DAY;
/// How long the relay's signature is good (RFC 8292 §2 allows 24 hours; clocks differ).
pub const PUSH_TOKEN_LIFETIME: i64 = 12 * 3_600;
/// Pushes under way at once.
pub const PUSHES: usize = 64;
/// Pushes under way at once to one host, so that a slow one leaves places for others.
pub const PUSHES_TO_HOST: usize = 16;
/// Pushes under way at once for one account, so that one whose hosts all hang leaves places for others.
pub const PUSHES_OF_ACCOUNT: usize = 8;
/// Addresses of a name that are tried.
pub const PUSH_ADDRESSES: usize = 3;
/// How long each is tried, and its name looked up.
pub const PUSH_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a push may take altogether.
pub const PUSH_TIMEOUT: Duration = Duration::from_secs(15);
/// The largest head of an answer to a push; its body is not read.
pub const PUSH_ANSWER_BYTES: usize = 16_384;
/// A push whose outcome nobody wrote down after a minute is made again: its relay ended.
pub const PUSH_CLAIM: i64 = 60;
/// Shortest time between two pushes to a subscription: what changes meanwhile is told together.
pub const PUSH_INTERVAL: i64 = 5;
/// How long changes are gathered before the subscriptions are looked through.
pub const PUSH_GATHER: Duration = Duration::from_millis(200);
/// The pause after a push that failed; it doubles with each one.
pub const PUSH_RETRY_FIRST: i64 = 10;
/// The longest pause the relay chooses.
pub const PUSH_RETRY_LONGEST: i64 = 3_600;
/// The longest pause a push service can ask for.
pub const PUSH_RETRY_AFTER_LONGEST: i64 = DAY;
/// A subscription whose pushes have failed for three days is destroyed.
pub const PUSH_GIVE_UP: i64 = 3 * DAY;
/// The same for the first message, which its client is waiting for.
pub const PUSH_VERIFICATION_GIVE_UP: i64 = 3_600;
/// How often a connection looks for answers that nobody takes.
pub const UNREAD_CHECK: Duration = Duration::from_secs(15);
/// A body of which nothing arrives for so long is given up, and its place with it.
pub const BODY_IDLE: Duration = Duration::from_secs(60);
/// The longest an upload may take: as long as it would be kept. The largest one then needs 270 kbit/s.
pub const UPLOAD_TIME: Duration = Duration::from_secs(3_600);
/// How often the relay looks for work nobody woke it up for.
pub const HOUSEKEEPING: Duration = Duration::from_secs(60);
/// How long a statement waits for another process (the command line) to finish writing.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Writers that share one commit at most, so that the first is not kept waiting (SQLite).
pub const COMMIT_TOGETHER: usize = 100;
/// Transactions after which SQLite's log is moved into its file, beside those who write: few, so that none waits long for the disk.
pub const LOGGED: usize = 20;
/// The same while commits are of many, when it matters more that pages which change again and again are moved once: some 20 MB. As few
/// where power cuts are looked into, which are to come in the middle of it.
pub const LOGGED_BUSY: usize = if cfg!(feature = "fail-points") { LOGGED } else { 200 };
/// Transactions in a commit of many.
pub const BUSY_COMMIT: usize = 6;
/// Pages of the log with which a commit moves it itself, if that has not been done by then: 64 MB.
pub const LOG_PAGES: u32 = 16_384;
/// Pages of the database its writer keeps in memory, below zero in KiB as SQLite has it.
pub const WRITER_CACHE: i64 = -16_384;
/// Connections for reading at the same time (SQLite).
pub const READERS: usize = 8;
/// Statements kept prepared, per connection.
pub const STATEMENTS: usize = 256;
/// Transactions at the same time, each on a connection (PostgreSQL, which has 100 by default, for all relays).
pub const DATABASE_CONNECTIONS: usize = 16;
/// Threads that drive connections to databases and object storage; what they do is passing octets on.
pub const STORE_THREADS: usize = 1;
/// Octets of a blob kept in memory on its way to object storage, and of one part of a larger one (S3 wants 5 MiB at least).
pub const OBJECT_IN_MEMORY: usize = 8 << 20;
/// How often a transaction that others got in the way of is tried again.
pub const CONFLICTS: usize = 10;
/// How long a relay that stands still in a transaction keeps others from the accounts it locked: then the server ends it.
pub const TRANSACTION_IDLE: Duration = Duration::from_secs(10);
/// How long after an answer of PostgreSQL a line is taken to be alive still.
pub const LINE_ALIVE: Duration = Duration::from_secs(1);
/// How often a relay looks for changes that another one committed and did not tell, since it ended or stands still.
pub const LOOK_FOR_UNTOLD: Duration = Duration::from_secs(5);
/// How soon a relay that lost its database listens to it again.
pub const LISTEN_AGAIN: Duration = Duration::from_millis(250);

/// Bytes of the list of a backup; it has a dozen lines.
pub const MANIFEST_BYTES: u64 = 65_536;
/// How far numbers move on when a backup is restored, beyond any that may have been given out since it was made:
/// a thousand changes a second for fifty days. SQLite's integers take two thousand million such steps.
pub const RESTORED_NUMBERS: i64 = 1 << 32;

/// The access trace is kept six months, as MSSanté asks: the longest six there are.
pub const ACCESS_TRACE_LIFETIME: i64 = 184 * DAY;
/// How long a reading or a refusal may wait to be written into the access trace.
pub const ACCESS_TRACE_FLUSH: Duration = Duration::from_secs(1);
/// How often the end of its chain goes to the log.
pub const ACCESS_TRACE_ANCHOR: Duration = Duration::from_secs(3_600);
/// Different lines that may wait; beyond, whoever adds one writes them.
pub const ACCESS_TRACE_WAITING: usize = 1_000;
/// Rows linked, removed or verified in one transaction.
pub const ACCESS_TRACE_LINKED: i64 = 1_000;

/// A sample for the operator's charts is taken so often, in seconds.
pub const SAMPLE_SECONDS: i64 = 60;
/// Samples kept: a day's, and one to begin from.
pub const SAMPLES: usize = 1_441;
/// Letters that are looked at for what was delivered before a relay began: the newest, a busy day's.
pub const EARLIER_LETTERS: i64 = 50_000;
/// How long, in seconds, figures read from the database stand.
pub const FIGURES_LIFETIME: i64 = 5;
/// The same of those that need a walk through a table: blobs, accounts, certificates.
pub const STOCK_LIFETIME: i64 = 600;

/// Spans kept until they are sent; more are lost, and counted.
pub const SPANS_WAITING: usize = 8_192;
/// Spans in one message to the collector.
pub const SPANS_SENT: usize = 512;
/// How often they are sent.
pub const SPANS_FLUSH: Duration = Duration::from_secs(2);
/// How long a collector may take for one message.
pub const SPANS_PATIENCE: Duration = Duration::from_secs(3);
/// Octets of its answer that are read.
pub const SPANS_ANSWER: usize = 65_536;

pub(crate) const HOUR: i64 = 3_600;
pub(crate) const DAY: i64 = 86_400;
