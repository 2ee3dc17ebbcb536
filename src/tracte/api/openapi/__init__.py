"""The API described in OpenAPI 3.1, made from the kinds of the fields. Nothing is written twice."""
