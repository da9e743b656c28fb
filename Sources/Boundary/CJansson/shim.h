// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <jansson.h>

/* Duplicate names are refused; any value may stand at the top. Without JSON_ALLOW_NUL a NUL in a string is refused. */
static const size_t gw_json_strict = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY;

/* The library has an enum and a function of the name json_error_code, which Swift cannot tell apart. */
static inline int gw_json_error_code(const json_error_t *e) { return (int)json_error_code(e); }
