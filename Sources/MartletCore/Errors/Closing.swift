/// Works with what is open, and closes it whatever came of that.
///
/// What the work throws says more than what closing throws then.
package func closing<Value>(_ close: () async throws -> Void, after work: () async throws -> Value) async throws -> Value {
    let value: Value
    do {
        value = try await work()
    } catch {
        try? await close()
        throw error
    }
    try await close()
    return value
}
