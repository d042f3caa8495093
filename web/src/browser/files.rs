//! Files in and out.

use js_sys::{Array, ArrayBuffer};
use leptos::prelude::{document, window};
use sceau_protocol::FailureCode;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, BlobPropertyBag, DataTransfer, DragEvent, File, FileList, HtmlAnchorElement, HtmlInputElement, Url,
};

use super::clock;

/// How browsers call a picture in the clipboard, before its ending.
pub const UNNAMED: &str = "image";
/// Images that every browser shows, and that cannot be documents.
const PICTURES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/// Whether a file is an image that can stand in a text.
pub fn is_picture(file: &File) -> bool {
    PICTURES.contains(&file.type_().as_str())
}

/// An address at which this page alone can show an image.
pub fn address(picture: &Blob) -> Option<String> {
    PICTURES
        .contains(&picture.type_().as_str())
        .then(|| Url::create_object_url_with_blob(picture).ok())
        .flatten()
}

/// The same for octets.
pub fn address_of(content_type: &str, bytes: &ArrayBuffer) -> Option<String> {
    let options = BlobPropertyBag::new();
    options.set_type(content_type);
    let blob = Blob::new_with_buffer_source_sequence_and_options(&Array::of1(bytes), &options);
    blob.ok().and_then(|blob| address(&blob))
}

/// The image in a `data:` address, if it is one in base64.
pub fn from_data_address(source: &str) -> Option<File> {
    let (head, octets) = source.strip_prefix("data:")?.split_once(',')?;
    let content_type = head.strip_suffix(";base64")?;
    let text = window().atob(octets.trim()).ok()?;
    let bytes: Vec<u8> = text.chars().map(|letter| u8::try_from(letter).unwrap_or_default()).collect();
    let bytes = js_sys::Uint8Array::from(bytes.as_slice());
    let ending = content_type.strip_prefix("image/")?;
    let options = web_sys::FilePropertyBag::new();
    options.set_type(content_type);
    let name = format!("{UNNAMED}.{ending}");
    File::new_with_buffer_source_sequence_and_options(&Array::of1(&bytes), &name, &options).ok()
}

/// What a paste or a drop brings: the files, unless words come along (a spreadsheet puts a picture of its cells beside them).
pub fn brought(transfer: &DataTransfer) -> Vec<File> {
    if transfer.types().includes(&"text/plain".into(), 0) { Vec::new() } else { list(transfer.files()) }
}

/// How long a saved file's address lives: long enough for the browser to begin.
const SAVE_MILLISECONDS: i32 = 10_000;

/// The bytes of a chosen file, ready to be transferred.
pub async fn read(file: &File) -> Result<ArrayBuffer, FailureCode> {
    let bytes = JsFuture::from(file.array_buffer()).await.map_err(|_| FailureCode::Gone)?;
    bytes.dyn_into().map_err(|_| FailureCode::Internal)
}

/// Size of a file in octets.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes are whole and below 2^53")]
pub fn size(file: &File) -> u64 {
    file.size() as u64
}

/// The files of a `<input type=file>`, which is emptied so that the same file can be chosen again.
pub fn chosen(input: &HtmlInputElement) -> Vec<File> {
    let files = list(input.files());
    input.set_value("");
    files
}

/// The files dropped.
pub fn dropped(event: &DragEvent) -> Vec<File> {
    list(event.data_transfer().and_then(|transfer| transfer.files()))
}

/// Whether files are being dragged, and not a piece of text.
pub fn carries_files(event: &DragEvent) -> bool {
    event.data_transfer().is_some_and(|transfer| transfer.types().includes(&"Files".into(), 0))
}

/// A file dropped where nothing takes it would replace the page and what is being written in it: nothing happens.
pub fn refuse_stray_drops() {
    for name in ["dragover", "drop"] {
        let refuse = Closure::<dyn FnMut(DragEvent)>::new(|event: DragEvent| {
            if carries_files(&event) && !event.default_prevented() {
                event.prevent_default();
                if let Some(transfer) = event.data_transfer() {
                    transfer.set_drop_effect("none");
                }
            }
        });
        window().add_event_listener_with_callback(name, refuse.as_ref().unchecked_ref()).ok();
        refuse.forget();
    }
}

/// Saves bytes as a file of the person's own, under its own name and type.
pub fn save(name: &str, content_type: &str, bytes: &ArrayBuffer) -> Result<(), FailureCode> {
    let options = BlobPropertyBag::new();
    options.set_type(content_type);
    let blob = Blob::new_with_buffer_source_sequence_and_options(&Array::of1(bytes), &options);
    save_blob(name, &blob.map_err(|_| FailureCode::Internal)?)
}

/// Saves a text as a file.
pub fn save_text(name: &str, text: &str) -> Result<(), FailureCode> {
    let blob = Blob::new_with_str_sequence(&Array::of1(&text.into()));
    save_blob(name, &blob.map_err(|_| FailureCode::Internal)?)
}

fn save_blob(name: &str, blob: &Blob) -> Result<(), FailureCode> {
    let address = Url::create_object_url_with_blob(blob).map_err(|_| FailureCode::Internal)?;
    let link = document().create_element("a").ok().and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok());
    if let Some(link) = link {
        link.set_href(&address);
        link.set_download(name);
        link.click();
    }
    leptos::task::spawn_local(async move {
        clock::sleep(SAVE_MILLISECONDS).await;
        Url::revoke_object_url(&address).ok();
    });
    Ok(())
}

fn list(files: Option<FileList>) -> Vec<File> {
    let Some(files) = files else { return Vec::new() };
    (0..files.length()).filter_map(|index| files.get(index)).collect()
}
