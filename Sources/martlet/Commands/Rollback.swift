import ArgumentParser

struct Rollback: AsyncParsableCommand {
    func run() async throws {}
}
