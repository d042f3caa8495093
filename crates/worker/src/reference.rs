//! The reference in a worker of its own, which `boot.js` starts at the first question.

use core::future::Future;
use core::pin::Pin;

use js_sys::{Array, Uint8Array};
use sceau_smime::backend::{Answer, Carrier, Octets, Question};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use zeroize::Zeroizing;

#[wasm_bindgen]
extern "C" {
    /// Parts, or the code of an error; broken when the module could not be loaded. What is in `transfer` goes over.
    #[wasm_bindgen(js_namespace = ["sceau", "reference"], js_name = ask, catch)]
    async fn ask_reference(question: Array, transfer: Array) -> Result<JsValue, JsValue>;

    /// Ends the worker, and with it whatever it was told.
    #[wasm_bindgen(js_namespace = ["sceau", "reference"], js_name = forget)]
    fn forget_reference();
}

/// The way to the reference.
#[derive(Default)]
pub(crate) struct Reference;

impl Carrier for Reference {
    fn ask(&self, question: Question) -> Pin<Box<dyn Future<Output = Answer> + '_>> {
        Box::pin(async move {
            let Question { name, number, parts } = question;
            let parts: Array = parts.iter().map(|part| Uint8Array::from(part.as_slice())).collect();
            let transfer = parts.iter().map(|part| part.unchecked_into::<Uint8Array>().buffer()).collect();
            let question = Array::of3(&name.into(), &number.into(), &parts);
            let answer = ask_reference(question, transfer).await.map_err(|_| None)?;
            match answer.as_string() {
                Some(code) => Err(Some(code)),
                None => Ok(Array::from(&answer).iter().map(taken).collect()),
            }
        })
    }

    fn forget(&self) {
        forget_reference();
    }
}

/// Takes octets over and wipes where they were.
fn taken(part: JsValue) -> Octets {
    let view: Uint8Array = part.unchecked_into();
    let octets = Zeroizing::new(view.to_vec());
    view.fill(0, 0, view.length());
    octets
}
