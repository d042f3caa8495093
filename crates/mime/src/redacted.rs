//! What a letter shows of itself in logs and panics: sizes and counts, never its words.

use std::fmt::{Debug, Formatter, Result};

use crate::compose::{Attachment, Composed, Draft, KeptInside, Outer};
use crate::entity::{Entity, MultipartSigned};
use crate::given::Given;
use crate::letter::{Header, Letter, Part};
use crate::protect::HeaderState;
use crate::structure::Node;
use crate::wipe::{Wipe, Wiped};
use crate::wrap::Cms;

impl Debug for Draft {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let people = self.to.len() + self.cc.len() + self.bcc.len();
        write!(f, "Draft({people} recipients, {} bytes of text, {:?})", self.text.len(), self.parts)
    }
}

impl Debug for Attachment {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "Attachment({} bytes)", self.bytes.len())
    }
}

impl Debug for Outer {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "Outer({:?}, legacy display {})", self.transfer, self.legacy_display)
    }
}

impl Debug for KeptInside {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "KeptInside({} addresses, {} identifiers)", self.addresses.len(), self.ids.len())
    }
}

impl Debug for Composed {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "Composed({} bytes, {} fields outside)", self.message.len(), self.outer_headers.len())
    }
}

impl Debug for Letter {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Letter")
            .field("headers", &self.headers)
            .field("text_bytes", &self.text.len())
            .field("parts", &self.parts)
            .field("hp", &self.hp)
            .field("defects", &self.defects)
            .finish_non_exhaustive()
    }
}

impl Debug for Header {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "Header({:?}, {} bytes)", self.name, self.raw.len())
    }
}

impl Debug for HeaderState {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "HeaderState({:?}, {:?})", self.name, self.state)
    }
}

impl Debug for Part {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "Part({:?}, {} bytes)", self.content_type, self.bytes.len())
    }
}

impl Debug for Node {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Node")
            .field("media", &self.content_type.media)
            .field("bytes", &self.decoded.len())
            .field("children", &self.children)
            .finish_non_exhaustive()
    }
}

impl Debug for Entity<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "Entity({:?}, {} bytes)", self.content_type.media, self.body.len())
    }
}

impl Debug for MultipartSigned<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "MultipartSigned({} bytes, signature of {})", self.content.len(), self.signature.len())
    }
}

impl<B> Debug for Wiped<'_, B>
where
    B: ToOwned + ?Sized,
    B::Owned: Wipe,
{
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "Wiped({} bytes)", size_of_val::<B>(self))
    }
}

impl Debug for Given {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "Given({} bytes)", self.body().len())
    }
}

#[cfg(feature = "legacy-files")]
impl Debug for crate::uuencode::UuFile {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "UuFile({} bytes)", self.bytes.len())
    }
}

impl Debug for Cms {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "Cms({} bytes, {:?})", self.der.len(), self.smime_type)
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use crate::{
        Address, Attachment, Date, Draft, Entity, Given, KeptInside, Layer, Limits, Outer, Wiped,
        WrapEncoding, compose, header_states, multipart_signed, read, structure, unwrap_cms, wrap_cms,
        wrap_multipart_signed,
    };

    const SECRET: &str = "Nceuveglise";

    fn draft() -> Draft {
        let person = || Address::new(SECRET, format!("{SECRET}@b.example"));
        let mut draft = Draft::new(person(), Date::utc(0), format!("{SECRET}@b.example"));
        draft.to = vec![person()];
        draft.subject = SECRET.into();
        draft.text = SECRET.into();
        let bytes = SECRET.into();
        draft.parts = vec![Attachment { name: SECRET.into(), content_type: format!("text/{SECRET}"), bytes }];
        draft
    }

    #[test]
    fn nothing_readable_is_printed() {
        let limits = Limits::default();
        let outer = Outer::default();
        let mut draft = draft();
        draft.kept_inside = KeptInside { addresses: vec![SECRET.into()], ids: vec![SECRET.into()] };
        let mut printed = format!("{draft:?} {outer:?} {:?}", draft.kept_inside);
        draft.parts[0].content_type = "text/plain".into();
        let composed = compose(&draft, &outer).unwrap();
        let letter = read(&composed.message, &limits).unwrap();
        let signed = wrap_multipart_signed(&composed.message, SECRET.as_bytes(), "sha-256", &[]).unwrap();
        let mail = wrap_cms(b"0\x80", "signed-data", &composed.outer_headers, WrapEncoding::Binary).unwrap();
        printed +=
            &format!("{composed:?} {letter:?} {:?}", header_states(&letter, &letter, Layer::default()));
        printed += &format!("{:?}", Given::of_mail(&composed.message, &limits).unwrap());
        printed += &format!("{:?}", Wiped::from(Cow::Borrowed(SECRET)));
        printed += &format!("{:?}", structure(&composed.message, &limits).unwrap());
        printed += &format!("{:?}", Entity::split(&composed.message, &limits).unwrap());
        printed += &format!("{:?}", multipart_signed(&signed, &limits).unwrap());
        printed += &format!("{:?}", unwrap_cms(&mail, &limits).unwrap());
        assert!(composed.message.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()));
        assert!(!printed.contains(SECRET), "{printed}");
    }
}
