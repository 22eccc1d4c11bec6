import MartletCore

/// Waits until a condition holds, looking again every few milliseconds.
/// - Parameters:
///   - what: the condition in words, for the error.
///   - limit: after so long the condition counts as never coming true.
/// - Throws: `limitExceeded`, and what the condition itself throws.
package func waitUntil(
    _ what: String, atMost limit: Duration = .seconds(120), isolation: isolated (any Actor)? = #isolation,
    _ condition: () throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try !condition() {
        guard ContinuousClock.now < deadline else {
            throw MartletError(.limitExceeded, "waited \(limit) in vain until \(what)")
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}
