//! `./x suites differential`: random messages exchanged with other programs.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line talks to its terminal")]

use std::process::{Command, ExitCode};
use std::time::Instant;

use sceau_suites::command::Program;
use sceau_suites::differential::{Run, Tally, probed};
use sceau_suites::exchange::exchange;
use sceau_suites::lines::Lines;
use sceau_suites::openssl::OpenSsl;
use sceau_suites::ours::Library;
use sceau_suites::party::{Oracle, Ours};
use sceau_suites::recipe::Writer;
use sceau_suites::rows::rows;
use sceau_suites::table::{ORACLES, Table};
use sceau_suites::trouble::Trouble;
use sceau_suites::world::World;

const HELP: &str = "\
differential [--oracle NAME]… [--seed N] [--count N] [--from N] [--only N --oracle NAME --writer ours|theirs] [--command WORDS] [--probe]
  --oracle NAME   openssl, pkijs or bouncycastle; all three without it
  --writer WHO    ours or theirs: who writes; both without it
  --seed N        what chance begins with (1)
  --count N       messages each way (openssl 20000, the others 2000)
  --from N        the number of the first (0)
  --command WORDS a command with the forms of sceau instead of the library: it writes whole letters only, and
                  what others can was asked for the library
  --only N        one message, shown
  --probe         ask who can what, print the table, compare nothing";
/// Messages each way.
const WITH_OPENSSL: usize = 20_000;
const WITH_OTHERS: usize = 2_000;
const MEBIBYTE: usize = 1024 * 1024;
/// Disagreements shown in full.
const SHOWN: usize = 20;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match Options::parse(&arguments).and_then(|options| run(&options)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(trouble) => {
            eprintln!("differential: {trouble}\n\n{HELP}");
            ExitCode::from(2)
        }
    }
}

struct Options {
    oracles: Vec<String>,
    writers: Vec<Writer>,
    seed: u64,
    count: Option<usize>,
    from: usize,
    only: Option<usize>,
    probe: bool,
    command: Vec<String>,
}

impl Options {
    fn parse(arguments: &[String]) -> Result<Self, Trouble> {
        let mut options = Self {
            oracles: Vec::new(),
            writers: Vec::new(),
            seed: 1,
            count: None,
            from: 0,
            only: None,
            probe: false,
            command: Vec::new(),
        };
        let mut words = arguments.iter().map(String::as_str);
        while let Some(word) = words.next() {
            if word == "--probe" {
                options.probe = true;
                continue;
            }
            let value = words.next().ok_or_else(|| Trouble::new(format!("{word} wants a value")))?;
            match word {
                "--oracle" if ORACLES.contains(&value) => options.oracles.push(value.to_owned()),
                "--writer" if value == "ours" => options.writers.push(Writer::Ours),
                "--writer" if value == "theirs" => options.writers.push(Writer::Theirs),
                "--seed" => options.seed = number(value)?,
                "--count" => options.count = Some(number(value)?),
                "--from" => options.from = number(value)?,
                "--command" => options.command = value.split_whitespace().map(str::to_owned).collect(),
                "--only" => options.only = Some(number(value)?),
                _ => return Err(Trouble::new(format!("'{word} {value}' is not understood"))),
            }
        }
        if options.oracles.is_empty() {
            options.oracles = ORACLES.iter().map(|name| (*name).to_owned()).collect();
        }
        if options.writers.is_empty() {
            options.writers = vec![Writer::Ours, Writer::Theirs];
        }
        Ok(options)
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, Trouble> {
    text.parse().map_err(|_| Trouble::new(format!("'{text}' is no number")))
}

fn run(options: &Options) -> Result<bool, Trouble> {
    let table = if options.probe { Table::default() } else { committed()? };
    let world = World::new(true)?;
    let library = Library { world: &world };
    let command = Program { world: &world, words: options.command.clone() };
    let ours: &dyn Ours = if options.command.is_empty() { &library } else { &command };
    println!("seed {}, ours is {}", options.seed, ours.name());
    let mut good = true;
    let mut seen = Table::default();
    for name in &options.oracles {
        let mut oracle = start(name, &world)?;
        println!("{name}: {}", oracle.version()?);
        if let Some(index) = options.only {
            good &= replay(options, ours, oracle.as_mut(), &table, name, index)?;
            continue;
        }
        let found = probed(&library, oracle.as_mut(), name, |line| {
            if options.probe {
                println!("  {line}");
            }
        })?;
        if options.probe {
            copy(&found, &mut seen, name);
            continue;
        }
        let changes = table.changes(&found, name);
        changes.iter().for_each(|change| println!("  CHANGED {change}"));
        good &= changes.is_empty();
        drop(oracle);
        for writer in &options.writers {
            good &= direction(options, ours, &world, &table, name, *writer)?;
        }
    }
    if options.probe {
        println!("{}", seen.shown());
    }
    Ok(good)
}

fn committed() -> Result<Table, Trouble> {
    let path = folder().join("oracles.txt");
    let unread = |error| Trouble::new(format!("{} could not be read: {error}", path.display()));
    Table::read(&std::fs::read_to_string(&path).map_err(unread)?)
}

fn copy(found: &Table, into: &mut Table, oracle: &str) {
    for writer in [Writer::Ours, Writer::Theirs] {
        for row in rows() {
            if let Some(cell) = found.get(oracle, writer, row) {
                into.set(oracle, writer, row, cell);
            }
        }
    }
}

fn a_run<'a>(
    options: &Options,
    ours: &dyn Ours,
    table: &'a Table,
    oracle: &'a str,
    writer: Writer,
) -> Run<'a> {
    let letters_only = writer == Writer::Ours && ours.writes_letters_only();
    Run { oracle, writer, seed: options.seed, table, most_bytes: MEBIBYTE + 1, letters_only }
}

/// All messages of one direction, shared by as many threads as there are processors; a program that runs once has one.
fn direction(
    options: &Options,
    ours: &dyn Ours,
    world: &World,
    table: &Table,
    name: &str,
    writer: Writer,
) -> Result<bool, Trouble> {
    let run = a_run(options, ours, table, name, writer);
    let default = if name == "openssl" { WITH_OPENSSL } else { WITH_OTHERS };
    let (from, count) = (options.from, options.count.unwrap_or(default));
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if name == "openssl" { processors } else { 1 };
    let begun = Instant::now();
    let tallies: Vec<Result<Tally, Trouble>> = std::thread::scope(|scope| {
        let started: Vec<_> = (0..threads)
            .map(|thread| {
                scope.spawn(move || {
                    let mut oracle = start(name, world)?;
                    let range = from.saturating_add(thread)..from.saturating_add(count);
                    Ok(run.messages(ours, oracle.as_mut(), range, threads))
                })
            })
            .collect();
        let ended = started.into_iter().map(std::thread::ScopedJoinHandle::join);
        ended.map(|one| one.unwrap_or_else(|_| Err(Trouble::new("a thread ended early")))).collect()
    });
    let mut all = Tally::default();
    for tally in tallies {
        all.add(tally?);
    }
    report(name, writer, table, &all, begun.elapsed().as_secs());
    Ok(all.disagreements.is_empty() && all.messages == count)
}

fn report(name: &str, writer: Writer, table: &Table, all: &Tally, seconds: u64) {
    let direction = match writer {
        Writer::Ours => format!("made by us, read by {name}"),
        Writer::Theirs => format!("made by {name}, read by us"),
    };
    println!(
        "{direction}: {} messages agree, {} disagree, {seconds} s",
        all.messages,
        all.disagreements.len()
    );
    let cells = rows().filter(|row| table.can(name, writer, row));
    let counted: Vec<String> =
        cells.map(|row| format!("{row} {}", all.rows.get(row).copied().unwrap_or_default())).collect();
    println!("  cells: {}", counted.join(", "));
    let nestings: Vec<String> =
        all.nestings.iter().map(|(nesting, count)| format!("{nesting} {count}")).collect();
    println!("  nesting: {}", nestings.join(", "));
    for one in all.disagreements.iter().take(SHOWN) {
        println!("  DISAGREEMENT {}: {}\n    {}", one.index, one.reason, one.recipe);
    }
}

fn replay(
    options: &Options,
    ours: &dyn Ours,
    oracle: &mut dyn Oracle,
    table: &Table,
    name: &str,
    index: usize,
) -> Result<bool, Trouble> {
    let mut good = true;
    for writer in &options.writers {
        let run = a_run(options, ours, table, name, *writer);
        let recipe = run.recipe(index).ok_or_else(|| Trouble::new("the table allows no message"))?;
        println!("{writer:?} {index}: {}", recipe.shown());
        let words = run.words(index);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match exchange(ours, oracle, &recipe, *writer, &words) {
            Ok(()) => println!("  agrees"),
            Err(reason) => {
                println!("  DISAGREES: {reason}");
                good = false;
            }
        }
    }
    Ok(good)
}

fn start<'a>(name: &str, world: &'a World) -> Result<Box<dyn Oracle + 'a>, Trouble> {
    match name {
        "openssl" => Ok(Box::new(OpenSsl::new(world)?)),
        "pkijs" => Ok(Box::new(Lines::start(pkijs(world))?)),
        "bouncycastle" => Ok(Box::new(Lines::start(bouncycastle(world))?)),
        other => Err(Trouble::new(format!("there is no oracle {other}"))),
    }
}

/// Our own programs for the other two lie beside the crate.
fn folder() -> std::path::PathBuf {
    std::env::var_os("SCEAU_SUITES").map_or_else(|| std::path::PathBuf::from("suites"), Into::into)
}

fn pkijs(world: &World) -> Command {
    let mut command = Command::new("node");
    command.arg(folder().join("pkijs/oracle.mjs")).arg(world.folder());
    command
}

fn bouncycastle(world: &World) -> Command {
    let jars = ["bcprov", "bcpkix", "bcutil", "bcmail"].map(|name| format!("/usr/share/java/{name}.jar"));
    let mut command = Command::new("java");
    command.args(["-cp", &jars.join(":")]);
    command.arg(folder().join("bouncycastle/Oracle.java")).arg(world.folder());
    command
}
