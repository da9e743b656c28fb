// SPDX-License-Identifier: Apache-2.0

/// The JavaScript of a page; every page works without it.
package struct PageScript: Sendable, Hashable {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }
}
