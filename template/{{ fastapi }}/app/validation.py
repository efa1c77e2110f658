"""What is wrong with a value, in words that fit after the value's name."""

from pydantic_core import ErrorDetails

_MESSAGES = {
    "missing": "is required",
    "extra_forbidden": "is not a known field",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "dict_type": "must be an object",
    "string_type": "must be a string",
    "string_unicode": "must be valid Unicode text",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "bool_parsing": "must be true or false",
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "value_error": "{error}",
}


def explain(error: ErrorDetails) -> str:
    """Return the message of one pydantic error; it never holds the value itself."""
    message = _MESSAGES.get(error["type"])
    if message is None:
        return error["msg"].replace("Input should", "must")
    return message.format(**error.get("ctx", {}))
