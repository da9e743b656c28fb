// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The brands of a templates folder, by the names of their folders alone.
enum BrandFolders {
    /// In the order of the alphabet; nil when the folder of templates cannot be read.
    static func names(in templates: String) -> [String]? {
        guard FileManager.default.isReadableFile(atPath: templates) else { return nil }
        // No folder `brands` is no brand but the default one.
        let folders = (try? FileManager.default.contentsOfDirectory(atPath: "\(templates)/brands")) ?? []
        let named = folders.filter { FileManager.default.fileExists(atPath: "\(templates)/brands/\($0)/brand.yaml") }
        return Set(named + ["default"]).sorted()
    }
}
