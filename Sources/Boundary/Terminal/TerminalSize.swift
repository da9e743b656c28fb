// SPDX-License-Identifier: Apache-2.0
import Foundation

/// How large the terminal behind a stream is.
public enum TerminalSize {
    /// The columns of the terminal on this descriptor; nil when it is none, or does not say.
    public static func columns(of descriptor: Int32) -> Int? {
        var size = winsize()
        guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }
}
