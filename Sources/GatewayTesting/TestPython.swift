// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// The Python that compares results with independent implementations.
package enum TestPython {
    /// Why a suite that needs `module` is skipped.
    package static func absence(of module: String) -> String {
        "\(module) is not in .build/test-python; `make test` puts it there, or name a Python in POSTHASTE_TEST_PYTHON"
    }

    /// The path of the Python that `make test` sets up, or of the one that POSTHASTE_TEST_PYTHON names; nil when it lacks `module`.
    package static func path(importing module: String) -> String? {
        let repository = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let given = ProcessInfo.processInfo.environment["POSTHASTE_TEST_PYTHON"]
        let path = given ?? repository.appending(path: ".build/test-python/bin/python3").path
        // A missing program is the same as one without the module.
        return (try? OutsideProgram(path, ["-c", "import \(module)"]).output()) == nil ? nil : path
    }
}
