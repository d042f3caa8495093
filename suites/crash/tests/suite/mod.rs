mod cuts;
mod judged;
mod points;
mod states;
