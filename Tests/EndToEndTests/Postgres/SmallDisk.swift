// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A small file system in memory that can be filled; unmounted with its last reference, or when the process dies.
final class SmallDisk {
    struct Refused: Error {}

    /// False where mounting is not permitted, as in most containers.
    static var isPossible: Bool {
        // The reason does not matter.
        (try? SmallDisk(megabytes: 1)) != nil
    }

    let folder: URL
    private let keeper = Process()
    private let orders = Pipe()

    init(megabytes: Int) throws {
        folder = FileManager.default.temporaryDirectory.appending(
            path: "posthaste-disk-\(UUID().uuidString.prefix(8))"
        )
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        keeper.executableURL = URL(filePath: "/bin/sh")
        keeper.arguments = ["-c", Self.script, "sh", folder.path, "\(megabytes)m"]
        let answers = Pipe()
        (keeper.standardInput, keeper.standardOutput) = (orders, answers)
        try keeper.run()
        guard answers.fileHandleForReading.availableData.starts(with: "ready".utf8) else { throw Refused() }
    }

    deinit {
        orders.fileHandleForWriting.closeFile()
        keeper.waitUntilExit()
    }

    /// Fills the disk to the last page.
    func fill() throws {
        try Data().write(to: filler)
        let file = try FileHandle(forWritingTo: filler)
        for size in [1 << 20, 1 << 12] {
            let piece = Data(count: size)
            // The expected error: the disk is full.
            while (try? file.write(contentsOf: piece)) != nil {}
        }
        try file.close()
    }

    func makeRoom() throws { try FileManager.default.removeItem(at: filler) }

    private var filler: URL { folder.appending(path: "filler") }

    /// Keeps the file system until its standard input ends; a key pressed in the terminal does not end it earlier.
    private static let script = """
        trap '' INT TERM HUP
        mount -t tmpfs -o "size=$2" tmpfs "$1" 2> /dev/null || { rmdir "$1"; exit 1; }
        echo ready
        read -r word
        umount -l "$1"; rmdir "$1"
        """
}
