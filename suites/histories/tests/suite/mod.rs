mod played;
mod written;
