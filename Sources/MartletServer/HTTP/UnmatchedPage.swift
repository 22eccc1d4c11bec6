/// What a request gets that no route answers, where that is not the house's own JSON: a page as other servers have it.
package struct UnmatchedPage: Sendable {
    let unknown: HTTPResponse
    let methodRefused: HTTPResponse

    /// - Parameter methodRefused: sent with `Allow`.
    package init(unknown: HTTPResponse, methodRefused: HTTPResponse) {
        self.unknown = unknown
        self.methodRefused = methodRefused
    }
}

/// The answer to a request that is refused before its route sees it, where it is not the house's own.
/// - Parameters: the target, the error, and the house's own answer to it. - Returns: `nil` for that.
typealias FaultPage = @Sendable (RequestTarget, any Error, HTTPResponse) -> HTTPResponse?
