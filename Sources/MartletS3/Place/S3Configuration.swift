import MartletCore

/// Which bucket, where, as whom and within which limits.
package struct S3Configuration: Sendable {
    /// What is taken on.
    package struct Limits: Sendable {
        /// Content larger than this goes in parts, in bytes; S3 takes at most 5 GiB at once.
        package var wholeSizeMaxBytes = 64 << 20
        /// The smallest part, in bytes; S3 takes no less than 5 MiB but for the last.
        package var partSizeMinBytes = 16 << 20
        /// S3's own.
        package static let partCountMax = 10_000
        /// How often a request is made that fails on the way, or that S3 is too busy for.
        package var tryCountMax = 4
        /// How long to wait before the second try; before each further one twice as long.
        package var retryDelay = Duration.milliseconds(200)
        /// How long a connection may take to open.
        package var connectTimeout = Duration.seconds(10)
        /// How long nothing may come or go.
        package var idleTimeout = Duration.seconds(30)
        /// How long the next piece of content may take to come, before the rest is asked for anew.
        package var pieceTimeout = Duration.seconds(10)
        /// The largest answer that is read whole, in bytes.
        package static let answerSizeMaxBytes = 8 << 20
        /// Connections kept for reuse.
        package static let connectionCountMax = 64

        package init() {}
    }

    let address: S3Address
    let region: String
    let endpoint: S3Endpoint
    let credentials: S3Credentials
    /// A file of certificates to trust instead of the system's.
    let certificates: String?
    package var limits = Limits()

    /// Takes what AWS's tools take from the environment.
    /// - Throws: `invalidInput` where something is missing or malformed.
    package init(_ address: S3Address, environment: [String: String]) throws {
        self.address = address
        let named = [environment["AWS_REGION"], environment["AWS_DEFAULT_REGION"]].compactMap(\.self).first { !$0.isEmpty }
        region = named ?? "us-east-1"
        guard region.utf8.allSatisfy({ (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }) else {
            throw MartletError(.invalidInput, "AWS_REGION: expected a region like eu-central-1, found '\(region.prefix(80))'")
        }
        endpoint = try S3Endpoint(environment: environment, region: region)
        credentials = try S3Credentials(environment: environment)
        certificates = environment["AWS_CA_BUNDLE"].flatMap { $0.isEmpty ? nil : $0 }
    }
}
