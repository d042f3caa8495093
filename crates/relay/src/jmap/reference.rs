//! Result references (RFC 8620 §3.7): an argument taken from an earlier answer of the same request.

use sceau_api::{Invocation, MethodError, MethodErrorType, ResultReference};
use serde_json::{Map, Value};

use super::{Refusal, error, invalid};

/// Most values one reference may yield: more would be refused by every method anyway.
const VALUES: usize = 10_000;

/// Replaces every argument `#name` by what it refers to.
pub(crate) fn resolve(arguments: Value, answers: &[Invocation]) -> Result<Value, Refusal> {
    let Value::Object(arguments) = arguments else { return Err(invalid("arguments")) };
    let mut resolved = Map::new();
    for (name, value) in &arguments {
        let Some(plain) = name.strip_prefix('#') else {
            resolved.insert(name.clone(), value.clone());
            continue;
        };
        if arguments.contains_key(plain) {
            let text = format!("Both {plain} and {name} are given.");
            return Err(MethodError::new(MethodErrorType::InvalidArguments).describe(text).into());
        }
        let found =
            serde_json::from_value(value.clone()).ok().and_then(|reference| look_up(&reference, answers));
        let found = found.ok_or_else(|| error(MethodErrorType::InvalidResultReference))?;
        resolved.insert(plain.to_owned(), found);
    }
    Ok(Value::Object(resolved))
}

fn look_up(reference: &ResultReference, answers: &[Invocation]) -> Option<Value> {
    let answer = answers.iter().find(|answer| answer.call_id == reference.result_of)?;
    let path = reference.path.strip_prefix('/').filter(|_| answer.name == reference.name)?;
    let tokens: Vec<String> =
        path.split('/').map(|token| token.replace("~1", "/").replace("~0", "~")).collect();
    follow(&answer.arguments, &tokens)
}

/// A JSON pointer (RFC 6901) where `*` maps the rest over an array and flattens what is found.
fn follow(value: &Value, tokens: &[String]) -> Option<Value> {
    let Some((token, rest)) = tokens.split_first() else { return Some(value.clone()) };
    match value {
        Value::Object(members) => follow(members.get(token)?, rest),
        Value::Array(items) if token == "*" => {
            let mut found = Vec::new();
            for item in items {
                match follow(item, rest)? {
                    Value::Array(several) => found.extend(several),
                    one => found.push(one),
                }
                if found.len() > VALUES {
                    return None;
                }
            }
            Some(Value::Array(found))
        }
        Value::Array(items) => follow(items.get(index(token)?)?, rest),
        _ => None,
    }
}

/// An index without sign and leading zeros (RFC 6901 §4).
fn index(token: &str) -> Option<usize> {
    token.parse::<usize>().ok().filter(|index| index.to_string() == token)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answers() -> Vec<Invocation> {
        let arguments =
            json!({"list": [{"ids": ["a", "b"], "x/y": 1}, {"ids": ["c"], "x/y": 2}], "n": {"m": null}});
        vec![Invocation { name: "Foo/get".to_owned(), arguments, call_id: "0".to_owned() }]
    }

    fn at(path: &str) -> Option<Value> {
        let reference = json!({"#ids": {"resultOf": "0", "name": "Foo/get", "path": path}});
        resolve(reference, &answers()).ok().and_then(|value| value.get("ids").cloned())
    }

    #[test]
    fn stars_map_and_flatten() {
        assert_eq!(at("/list/*/ids"), Some(json!(["a", "b", "c"])));
        assert_eq!(at("/list/*/x~1y"), Some(json!([1, 2])));
        assert_eq!(at("/list/1/ids/0"), Some(json!("c")));
        assert_eq!(at("/n/m"), Some(Value::Null));
    }

    #[test]
    fn what_is_not_there_is_refused() {
        for wrong in
            ["", "list", "/list/7", "/list/*/none", "/n/m/o", "/list/-1", "/list/01", "/list/+1", "/list/-"]
        {
            assert_eq!(at(wrong), None, "{wrong}");
        }
        let twice = json!({"ids": [], "#ids": {"resultOf": "0", "name": "Foo/get", "path": "/list"}});
        assert!(
            matches!(resolve(twice, &answers()), Err(Refusal::Method(e)) if e.kind == MethodErrorType::InvalidArguments)
        );
        let other = json!({"#ids": {"resultOf": "0", "name": "Bar/get", "path": "/list"}});
        assert!(resolve(other, &answers()).is_err());
    }
}
