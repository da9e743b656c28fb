// SPDX-License-Identifier: Apache-2.0
import JSON
import Templates

/// Compares every mail of a templates folder with its golden file.
struct GoldenCheck {
    enum Status: String {
        case equal, different, missing, orphaned
    }

    struct Result {
        let file: String
        let status: Status
        /// The lines of the difference; empty when there is nothing to compare.
        var difference: [String] = []
    }

    private(set) var results: [Result] = []
    private(set) var mails = 0
    private(set) var parts: [GoldenFiles.Part] = []
    /// The faults of mails that cannot be rendered.
    private(set) var faults: [TemplateError]

    /// Renders `template`, or all templates, in every brand and locale from its sample, and compares the results.
    init(_ work: TemplateWork, template: String?) {
        faults = work.library.faults
        let golden = GoldenFiles(folder: work.folder)
        for name in template.map({ [$0] }) ?? work.library.names {
            for brand in work.library.brands {
                for locale in work.locales(of: name, brand: brand) { render(work, name, brand, locale) }
            }
        }
        for part in parts { results.append(Self.compare(part, golden)) }
        let known = Set(parts.map(\.file))
        for file in golden.files(of: template) where !known.contains(file) {
            results.append(Result(file: file, status: .orphaned))
        }
    }

    /// Whether there are golden files to compare with.
    var hasGoldenFiles: Bool { results.contains { $0.status != .missing } }

    var isPassed: Bool { faults.isEmpty && results.allSatisfy { $0.status == .equal } }

    func count(_ status: Status) -> Int { results.count { $0.status == status } }

    private mutating func render(_ work: TemplateWork, _ name: String, _ brand: String, _ locale: String) {
        guard let template = work.library.template(name, brand: brand, locale: locale) else { return }
        do throws(TemplateError) {
            let mail = try template.renderSample()
            mails += 1
            parts += GoldenFiles.parts(mail, template: name, brand: brand, locale: locale)
        } catch {
            faults.append(error)
        }
    }

    private static func compare(_ part: GoldenFiles.Part, _ golden: GoldenFiles) -> Result {
        guard let kept = golden.read(part.file) else { return Result(file: part.file, status: .missing) }
        // Compares bytes: texts that are canonically equivalent in Unicode may still differ in bytes.
        guard !kept.utf8.elementsEqual(part.content.utf8) else { return Result(file: part.file, status: .equal) }
        let difference = UnifiedDiff(from: kept, to: part.content).lines
        return Result(file: part.file, status: .different, difference: difference)
    }

    var json: JSON {
        let changed = results.filter { $0.status != .equal }
        return [
            "mails": .integer(mails), "files": .integer(parts.count), "equal": .integer(count(.equal)),
            "results": .array(
                changed.map { result in
                    [
                        "file": .string(result.file), "status": .string(result.status.rawValue),
                        "difference": .string(result.difference.joined(separator: "\n")),
                    ]
                }
            ),
            "faults": .array(faults.map(FindingView.json)),
        ]
    }
}
