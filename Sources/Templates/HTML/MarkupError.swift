// SPDX-License-Identifier: Apache-2.0

/// Why markup, a style or a value in it is refused; the caller knows the file and adds the position in it.
///
/// Callers that skip such parts avoid the cost of the search for the line.
struct MarkupError: Error {
    /// Of a value, it continues "the value of NAME …".
    let reason: String
    /// Where in the text that was parsed; 0 when the caller knows the place.
    var offset = 0
}
