// SPDX-License-Identifier: Apache-2.0
internal import CCurl

/// Owns one list of texts.
@safe final class CurlList {
    private var head: UnsafeMutablePointer<curl_slist>?

    init(_ values: [String]) throws(CurlFault) {
        unsafe head = nil
        for value in values {
            guard let longer = unsafe curl_slist_append(head, value) else { throw .unusable }
            unsafe head = longer
        }
    }

    deinit { unsafe curl_slist_free_all(head) }

    func lend<Answer>(_ use: (UnsafeMutablePointer<curl_slist>?) -> Answer) -> Answer {
        unsafe use(head)
    }
}
