//! Objects that JavaScript gives.
//!
//! What the core reads is read by hand: serde's way, which names every type it did not expect, is 12 kB more to load.

#[cfg(feature = "all")]
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast as _, JsValue};

use crate::error::Failure;

/// An object, read name by name.
pub(crate) struct Given<'a>(&'a JsValue);

impl<'a> Given<'a> {
    /// A name that is not in `known` is refused: a misspelt `self` or `bcc` must not go unnoticed.
    ///
    /// # Errors
    /// `BadArgument`.
    pub(crate) fn new(object: &'a JsValue, known: &[&str]) -> Result<Self, Failure> {
        refuse_others(object, known)?;
        Self::any(object).ok_or_else(|| bad("an object is wanted"))
    }

    /// An object of which other names are nobody's business.
    fn any(object: &'a JsValue) -> Option<Self> {
        object.is_object().then_some(Self(object))
    }

    /// What has to be there.
    ///
    /// # Errors
    /// `BadArgument` names it when it is missing or of another type.
    pub(crate) fn get<T: FromJs>(&self, name: &str) -> Result<T, Failure> {
        self.find(name)?.ok_or_else(|| bad(name))
    }

    /// What may be left out.
    ///
    /// # Errors
    /// `BadArgument` names it when it is of another type.
    pub(crate) fn get_or_default<T: FromJs + Default>(&self, name: &str) -> Result<T, Failure> {
        Ok(self.find(name)?.unwrap_or_default())
    }

    fn find<T: FromJs>(&self, name: &str) -> Result<Option<T>, Failure> {
        let value = js_sys::Reflect::get(self.0, &JsValue::from_str(name)).map_err(|_| bad(name))?;
        if value.is_undefined() {
            return Ok(None);
        }
        T::from_js(&value).map(Some).ok_or_else(|| bad(name))
    }
}

/// What can be read from a value.
pub(crate) trait FromJs: Sized {
    /// `None` for a value of another type.
    fn from_js(value: &JsValue) -> Option<Self>;
}

/// An object within another.
pub(crate) trait FromObject: Sized {
    fn from_object(given: &Given<'_>) -> Result<Self, Failure>;
}

impl<T: FromObject> FromJs for T {
    fn from_js(value: &JsValue) -> Option<Self> {
        Self::from_object(&Given::any(value)?).ok()
    }
}

impl FromJs for String {
    fn from_js(value: &JsValue) -> Option<Self> {
        value.as_string()
    }
}

impl FromJs for bool {
    fn from_js(value: &JsValue) -> Option<Self> {
        value.as_bool()
    }
}

impl FromJs for i64 {
    fn from_js(value: &JsValue) -> Option<Self> {
        if value.as_f64().is_none() && !value.is_bigint() {
            return None;
        }
        // Refuses numbers that are not whole.
        let whole = js_sys::BigInt::new(value).ok()?;
        Self::try_from(JsValue::from(whole)).ok()
    }
}

impl FromJs for i16 {
    fn from_js(value: &JsValue) -> Option<Self> {
        i64::from_js(value)?.try_into().ok()
    }
}

impl<T: FromJs> FromJs for Option<T> {
    fn from_js(value: &JsValue) -> Option<Self> {
        if value.is_null() { Some(None) } else { T::from_js(value).map(Some) }
    }
}

impl<T: FromJs> FromJs for Vec<T> {
    fn from_js(value: &JsValue) -> Option<Self> {
        value.dyn_ref::<js_sys::Array>()?.iter().map(|item| T::from_js(&item)).collect()
    }
}

/// Reads an object by serde, which does not see the names it does not ask for.
///
/// # Errors
/// `BadArgument`, also for a name that is not in `known`.
#[cfg(feature = "all")]
pub(crate) fn from_js<T: DeserializeOwned>(object: JsValue, known: &[&str]) -> Result<T, Failure> {
    refuse_others(&object, known)?;
    Ok(serde_wasm_bindgen::from_value(object)?)
}

fn refuse_others(object: &JsValue, known: &[&str]) -> Result<(), Failure> {
    let named = object.dyn_ref::<js_sys::Object>().map(js_sys::Object::keys).unwrap_or_default();
    for name in named.iter().filter_map(|name| name.as_string()) {
        if !known.contains(&name.as_str()) {
            return Err(Failure::BadArgument(format!("unknown name {name:?}")));
        }
    }
    Ok(())
}

fn bad(what: &str) -> Failure {
    Failure::BadArgument(what.to_owned())
}
