// SPDX-License-Identifier: MIT
#pragma once

// How an Engine behaves where hosts differ. The defaults are the specification's.

#include "graphql/limits.h"

#include <cstddef>
#include <string>

namespace graphql {

// Departures from the specification's scalar coercion, each off by default. Those about input hold
// for variables; literals in the document stay strict except for int_64_bit.
struct Coercion {
  bool int_64_bit = false;          // Int takes and gives 64 bits
  bool int_from_string = false;     // Int from a string of decimal digits
  bool float_from_string = false;   // Float from a numeric string
  bool string_from_number = false;  // String from a JSON number, as its digits
  bool id_as_number = false;        // ID fields whose C++ value is an integer are JSON numbers
};

// Appends the decimal form of a finite number.
using FormatFloat = void (*)(std::string& out, double value);

// As ECMAScript prints numbers: shortest form, exponent from 1e21 and below 1e-6.
void format_float_ecmascript(std::string& out, double value);
// Shortest form, exponent (two digits at least) from 1e6 and below 1e-4: 1.25e+06.
void format_float_short_exponent(std::string& out, double value);

struct Options {
  Limits limits;
  Coercion coercion;
  FormatFloat format_float = format_float_ecmascript;
  bool html_safe_strings = false;      // < > & in strings as \u003c \u003e \u0026
  bool errors_first = false;           // {"errors":…,"data":…} instead of data first
  bool data_always = false;            // "data":null also where nothing was executed
  bool introspection = true;           // false: __schema and __type are refused, __typename works
  bool show_exception_text = false;    // text of foreign exceptions to the client
  std::size_t cached_documents = 512;  // parsed and validated documents kept; 0: none
  std::size_t cached_bytes = 32 * 1024 * 1024;  // their memory, at most, plans included
};

}  // namespace graphql
