mod found;
mod repeated;
mod seeds;
