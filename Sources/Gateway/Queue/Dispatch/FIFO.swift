// SPDX-License-Identifier: Apache-2.0

/// A FIFO queue; both ends cost constant time, whatever its length.
struct FIFO<Element: Sendable>: Sendable, Sequence {
    private var elements: [Element] = []
    private var taken = 0

    var count: Int { elements.count - taken }
    var isEmpty: Bool { count == 0 }

    mutating func append(_ element: Element) {
        elements.append(element)
    }

    mutating func popFirst() -> Element? {
        guard taken < elements.count else { return nil }
        defer {
            taken += 1
            // Moving the rest up once for as many elements as were taken keeps the amortised cost of each constant.
            if taken >= 32 && taken * 2 >= elements.count {
                elements.removeFirst(taken)
                taken = 0
            }
        }
        return elements[taken]
    }

    mutating func removeAll() {
        elements = []
        taken = 0
    }

    func makeIterator() -> ArraySlice<Element>.Iterator { elements[taken...].makeIterator() }
}
