import Synchronization

/// A list that several tasks add to.
package final class Gathering<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])

    package init() {}

    /// What was added, in that order.
    package var all: [Element] { elements.withLock { $0 } }

    /// Adds an element.
    package func add(_ element: Element) { elements.withLock { $0.append(element) } }

    /// What was added since the last call.
    package func take() -> [Element] {
        elements.withLock { elements in
            defer { elements = [] }
            return elements
        }
    }
}
