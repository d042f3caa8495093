//! The web-mail: mounts the application, nothing more.
#![expect(
    unreachable_pub,
    reason = "a binary exports nothing; `pub` says what a module offers to the others"
)]

mod app;
mod browser;
mod components;
mod desk;
mod pages;
mod state;
mod text;

fn main() {
    leptos::mount::mount_to_body(app::App);
}
