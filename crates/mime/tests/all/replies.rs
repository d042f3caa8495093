//! No hidden value of a letter comes out with an answer to it, or with a letter that hands it on (RFC 9788 §6.1).

use std::fmt::Write as _;

use sceau_mime::{
    Address, Date, Draft, Form, KeptInside, Layer, Letter, Limits, Outer, Policy, compose_as, header_states,
    kept_inside, read,
};

use crate::random::Random;

/// Letters made; each is answered and handed on in every form.
const LETTERS: usize = 3_000;
const SEALED: Layer = Layer { signed: true, encrypted: true };

/// A letter under construction: what stands inside, what stands outside, and the words that must stay inside.
struct Maker {
    random: Random,
    next: usize,
    inside: String,
    outside: String,
    hidden: Vec<String>,
}

impl Maker {
    /// A word that stands nowhere else, with letters beyond ASCII now and then.
    fn word(&mut self) -> String {
        self.next += 1;
        let accent = self.random.pick(&["", "é", "ø"]);
        format!("w{accent}{:06}z", self.next)
    }

    fn hides(&mut self) -> bool {
        self.random.below(2) == 0
    }

    /// A field with one value, shown as it is, as something else, or not at all.
    fn text(&mut self, name: &str) {
        let word = self.word();
        let _ = write!(self.inside, "{name}: {word}\r\n");
        match self.random.below(3) {
            0 => {
                let _ = write!(self.outside, "{name}: {word}\r\n");
            }
            1 => {
                self.hidden.push(word);
                let _ = write!(self.outside, "{name}: [...]\r\n");
            }
            _ => self.hidden.push(word),
        }
    }

    /// A list of people, each with a name or without, shown with both, without the name, or not at all.
    fn people(&mut self, name: &str, least: usize, most: usize) {
        let count = least + self.random.below(most - least + 1);
        let (mut inside, mut outside) = (Vec::new(), Vec::new());
        for _ in 0..count {
            self.next += 1;
            let email = format!("p{:06}@q{:06}.example", self.next, self.next);
            let shown = self.word();
            inside.push(format!("{shown} <{email}>"));
            match self.random.below(3) {
                0 => outside.push(format!("{shown} <{email}>")),
                1 => {
                    outside.push(email);
                    self.hidden.push(shown);
                }
                _ => self.hidden.extend([email, shown]),
            }
        }
        self.list(name, &inside, &outside, ", ");
    }

    /// A list of identifiers, each shown or not.
    fn ids(&mut self, name: &str, least: usize, most: usize) {
        let count = least + self.random.below(most - least + 1);
        let (mut inside, mut outside) = (Vec::new(), Vec::new());
        for _ in 0..count {
            self.next += 1;
            let id = format!("i{:06}@r{:06}.example", self.next, self.next);
            inside.push(format!("<{id}>"));
            if self.hides() { self.hidden.push(id) } else { outside.push(format!("<{id}>")) }
        }
        self.list(name, &inside, &outside, "\r\n ");
    }

    fn list(&mut self, name: &str, inside: &[String], outside: &[String], between: &str) {
        for (section, values) in [(&mut self.inside, inside), (&mut self.outside, outside)] {
            if !values.is_empty() {
                let _ = write!(section, "{name}: {}\r\n", values.join(between));
            }
        }
    }

    /// The letter as it arrived, its payload, and what it hid.
    fn letter(mut self) -> (Letter, Letter, Vec<String>, Random) {
        self.people("From", 1, 1);
        self.people("Reply-To", 0, 2);
        self.people("To", 1, 3);
        self.people("Cc", 0, 3);
        self.people("Bcc", 0, 1);
        self.ids("Message-ID", 1, 1);
        self.ids("In-Reply-To", 0, 2);
        self.ids("References", 0, 4);
        for name in ["Subject", "Comments", "Keywords", "X-Patient"] {
            self.text(name);
        }
        let unfolded = self.outside.replace("\r\n ", " ");
        let record: String = unfolded.lines().fold(String::new(), |mut record, line| {
            let _ = write!(record, "HP-Outer: {line}\r\n");
            record
        });
        let marked = "Content-Type: text/plain; charset=utf-8; hp=\"cipher\"\r\n\r\n";
        let payload = format!("{}{record}{marked}Bonjour.\r\n", self.inside);
        let outer = format!("Received: by x\r\n{}\r\n", self.outside);
        let limits = Limits::default();
        let letters = [outer, payload].map(|text| read(text.as_bytes(), &limits).unwrap());
        let [outer, inner] = letters;
        (outer, inner, self.hidden, self.random)
    }
}

fn own_draft(subject: String, policy: Policy) -> Draft {
    let mut draft =
        Draft::new(Address::new("Moi", "moi@lecteur.example"), Date::utc(0), "neuf@lecteur.example");
    draft.subject = subject;
    draft.policy = policy;
    draft
}

/// An answer to everybody, as mail programs begin one.
fn answer(outer: &Letter, inner: &Letter, policy: Policy) -> Draft {
    let mut draft = own_draft(format!("Re: {}", inner.subject), policy);
    draft.to.clone_from(if inner.reply_to.is_empty() { &inner.from } else { &inner.reply_to });
    draft.cc = inner.to.iter().chain(&inner.cc).chain(&inner.bcc).cloned().collect();
    draft.in_reply_to = inner.message_id.iter().cloned().collect();
    draft.references =
        inner.references.iter().chain(&inner.in_reply_to).chain(&inner.message_id).cloned().collect();
    draft.text = format!("> {}", inner.text);
    draft.kept_inside = kept_inside(outer, inner);
    draft
}

/// A letter to somebody else that hands it on.
fn handed_on(outer: &Letter, inner: &Letter, policy: Policy) -> Draft {
    let policy = policy.about(&header_states(outer, inner, SEALED));
    let mut draft = own_draft(format!("Fwd: {}", inner.subject), policy);
    draft.to = vec![Address::new("Autre", "autre@ailleurs.example")];
    draft.text = format!("{} {}\n{}", inner.from[0], inner.subject, inner.text);
    draft
}

/// Everything that can be read outside, encoded and decoded.
fn outside(draft: &Draft, form: Form) -> String {
    let composed = compose_as(draft, &Outer::default(), form).unwrap();
    let fields = composed.outer_headers.iter();
    let raw: String = fields.map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let letter = read(format!("{raw}\r\n").as_bytes(), &Limits::default()).unwrap();
    let decoded: String = letter.headers.iter().map(|field| format!("{}\n", field.value)).collect();
    raw.replace("\r\n", "") + &decoded
}

#[test]
fn no_hidden_value_comes_out() {
    let mut random = Random(0x9788);
    let (mut hidden_values, mut leaks_without_the_rule) = (0, 0);
    for number in 0..LETTERS {
        let (inside, outer_fields) = (String::new(), String::new());
        let maker = Maker { random, next: number * 100, inside, outside: outer_fields, hidden: Vec::new() };
        let (outer, inner, hidden, rest) = maker.letter();
        random = rest;
        hidden_values += hidden.len();
        let leaks = |draft: &Draft, form: Form| -> Option<String> {
            let text = outside(draft, form);
            hidden.iter().find(|word| text.contains(word.as_str())).map(|word| format!("{word} in {text}"))
        };
        let policies = [Policy::NoConfidentiality, Policy::Baseline, Policy::Shy];
        let policy = policies[random.below(policies.len())];
        let answer = answer(&outer, &inner, policy);
        for draft in [&answer, &handed_on(&outer, &inner, policy)] {
            for form in [Form::Sealed, Form::Wrapped, Form::Kim] {
                assert_eq!(leaks(draft, form), None, "letter {number}, {form:?}");
            }
        }
        let careless = Draft { kept_inside: KeptInside::default(), ..answer.clone() };
        leaks_without_the_rule += usize::from(leaks(&careless, Form::Sealed).is_some());
    }
    // The test looks at something: values were hidden, and most answers would tell one of them.
    assert!(hidden_values > LETTERS * 5, "{hidden_values}");
    assert!(leaks_without_the_rule > LETTERS / 2, "{leaks_without_the_rule}");
}
