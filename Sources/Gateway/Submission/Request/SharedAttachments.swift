// SPDX-License-Identifier: Apache-2.0
import JSON

/// The attachments of a batch's defaults, read once for all of its messages.
struct SharedAttachments: Sendable {
    let references: [StoredRequest.AttachmentReference]
    let contents: [ContentHash: [UInt8]]
    let faults: RequestFaults

    init(_ defaults: JSONObject, in context: SendRequestReader.Context) {
        var reader = SendRequestReader(defaults, at: JSONPointer.root.appending("defaults"), in: context)
        references = reader.readAttachments()
        contents = reader.attachments
        faults = reader.faults
    }
}
