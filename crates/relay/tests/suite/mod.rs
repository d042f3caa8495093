mod auth;
mod door;
mod letter;
mod opaque;
mod page;
mod world;
