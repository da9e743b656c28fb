// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Lists the brands of a templates folder by the names of their folders.
enum BrandFolders {
    /// Sorted by name; nil when the templates folder cannot be read.
    static func names(in templates: String) -> [String]? {
        guard FileManager.default.isReadableFile(atPath: templates) else { return nil }
        // Without a folder `brands` there is only the default brand.
        let folders = (try? FileManager.default.contentsOfDirectory(atPath: "\(templates)/brands")) ?? []
        let named = folders.filter { FileManager.default.fileExists(atPath: "\(templates)/brands/\($0)/brand.yaml") }
        return Set(named + ["default"]).sorted()
    }
}
