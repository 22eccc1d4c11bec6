import MartletCore
package import MartletStore

extension Home {
    /// Lends the place where artifacts have their content, and closes it.
    /// - Parameters:
    ///   - address: `s3://bucket/prefix`; the home's blobs where it is `nil` or empty.
    ///   - environment: where AWS's variables are.
    /// - Throws: `invalidInput` where it cannot be asked with what is given.
    package func withContent<Result>(
        at address: String?, environment: [String: String], _ body: (any ContentStore) async throws -> Result
    ) async throws -> Result {
        let content = try content(at: address, environment: environment)
        return try await closing(content.close) { try await body(content) }
    }

    private func content(at address: String?, environment: [String: String]) throws -> any ContentStore {
        guard let address, !address.isEmpty else { return BlobContent(home: self) }
        return S3Content(try S3Configuration(S3Address(address), environment: environment))
    }
}
