// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import JSON
import Testing

@testable import Basics
@testable import Mail

/// Python's parser and ours find the same in messages that break the format.
@Suite struct ParsingOracleTests {
    private static let mixed = "Subject: x\nContent-Type: multipart/mixed; boundary=\"b\"\n\n"

    private static let messages = [
        "Subject: =?iso-8859-1?Q?Gr=FC=DFe?= =?utf-8?B?IMO8?=\n\tend\n\nbody\n", "Subject: a\n  b\n\n\nbody\n\n",
        "no header\n",
        "From ana Fri Nov 20\nSubject: x\n\nbody", "Subject: x\nno field\nbody\n", "", "Subject: x",
        "Content-Transfer-Encoding: base64\n\naGVsbG8\n", "Content-Transfer-Encoding: BASE64\n\naGVs bG8=\n",
        "Content-Transfer-Encoding: quoted-printable\n\nsoft=\nbreak =C3=BC=3D end=\n",
        "Content-Type: text/html; charset=\"utf-8\"\nContent-Disposition: inline; filename=\"a;b.html\"\n\n<p>",
        mixed + "preamble\n--b\n\none\n\n--b\nContent-Type: image/png; name=a.png\n\ntwo\n--b--\nepilogue\n",
        mixed + "--b\n\none\n--b--", mixed + "--b\n\none", mixed + "--b  \n\none\n--b--  \n",
        mixed
            + "--b\nContent-Type: multipart/alternative; boundary=i\n\n--i\n\na\n--i\nContent-Type: text/html\n\nb\n--i--\n\n--b\n\nc\n--b--\n",
        mixed + "--b\nContent-Type: multipart/alternative; boundary=i\n\n--i\n\na\n--b\n\nc\n--b--\n",
        mixed + "--b\nContent-Disposition: attachment; filename*=utf-8''%C3%9C%20x.pdf\n\nx\n--b--\n",
        mixed
            + "--b\nContent-Disposition: attachment;\n filename*0*=utf-8''%C3%9C;\n filename*1=\"b c.pdf\"\n\nx\n--b--\n",
        mixed + "--b\nContent-Disposition: attachment; filename=\"=?utf-8?Q?=C3=9C.pdf?=\"\n\nx\n--b--\n",
    ]

    /// What read.py prints for the message.
    private func reading(_ message: ParsedMessage) -> JSON {
        var parts: [JSON] = []
        func walk(_ part: MIMEPart) {
            let disposition = message.bytes.firstField("content-disposition", in: part.fields)
            let name = disposition.flatMap { FieldParameters.parse(message.bytes[$0.value]).1["filename"] }
            let content = part.contentType.isMultipart ? [] : message.content(of: part)
            parts.append([
                .string(part.contentType.name), .string(name ?? part.contentType.parameter("name") ?? ""),
                .string(Base64.encode(content)),
            ])
            part.children.forEach(walk)
        }
        walk(message.root)
        return ["subject": .string(message.text(ofField: "subject") ?? ""), "parts": .array(parts)]
    }

    @Test(.enabled(if: PythonCheck.isAvailable, "python3 is not there to read the messages"))
    func pythonReadsTheSame() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "posthaste-read-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // A leftover temporary file does no harm.
        defer { try? FileManager.default.removeItem(at: folder) }
        for (number, text) in Self.messages.enumerated() {
            try Data(text.utf8).write(to: folder.appending(path: "\(number).eml"))
        }
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "read.py")
        let output = try OutsideProgram("/usr/bin/env", ["python3", script.path, folder.path]).output()
        let readings = try JSONDecoder().decode(DecodedJSON.self, from: Data(output.utf8)).value.array ?? []
        #expect(readings.count == Self.messages.count)
        for (text, expected) in zip(Self.messages, readings) {
            #expect(reading(ParsedMessage(Array(text.utf8))) == expected, "\(text)")
        }
    }
}
