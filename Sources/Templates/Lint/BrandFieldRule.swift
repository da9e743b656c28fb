// SPDX-License-Identifier: Apache-2.0
import JSON

/// Fields that every brand should have.
enum BrandFieldRule {
    static func findings(_ brand: Brand) -> [LintFinding] {
        ["from", "address"].filter { brand.json[$0]?.isNull ?? true }.map {
            .warning(
                "`\($0)` is not set; write it here, or in brands/default/brand.yaml",
                in: "brands/\(brand.id)/brand.yaml"
            )
        }
    }
}
