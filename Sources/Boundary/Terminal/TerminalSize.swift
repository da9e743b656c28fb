// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The size of a terminal.
public enum TerminalSize {
    /// The columns of the terminal on this descriptor; nil when it is not a terminal, or does not report them.
    public static func columns(of descriptor: Int32) -> Int? {
        var size = winsize()
        guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }
}
