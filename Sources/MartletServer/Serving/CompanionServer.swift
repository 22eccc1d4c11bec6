/// A server of the same models by another protocol, which runs beside the HTTP server and drains with it.
package protocol CompanionServer: Sendable {
    /// What its addresses begin with, as `http` does those of the other.
    var scheme: String { get }

    /// Listens for as long as `body` runs, then waits for running calls as long as the grace period allows.
    /// - Returns: how many calls were cut off.
    /// - Throws: `conflict` where the port is taken, `invalidInput` where the address cannot be listened on, and what `body` throws.
    func serve(_ fronts: ModelFronts, while body: (RunningCompanion) async throws -> Void) async throws -> Int
}

/// A companion that listens.
package struct RunningCompanion: Sendable {
    /// Where it listens, with the port that was found.
    package let address: ServerAddress
    /// Begins to drain: no more calls; those that run may finish within the grace period, which begins now. Called again it does nothing.
    package let beginDraining: @Sendable () -> Void

    package init(address: ServerAddress, beginDraining: @escaping @Sendable () -> Void) {
        self.address = address
        self.beginDraining = beginDraining
    }
}
