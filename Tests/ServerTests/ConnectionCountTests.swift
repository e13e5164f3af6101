// Who may connect when many already have.

import Testing

@testable import CairnServer

@Suite struct ConnectionCountTests {
  private func opened(_ count: ConnectionCount, _ client: ConnectionCount.Client) -> Int {
    var opened = 0
    while count.begin(client) { opened += 1 }
    return opened
  }

  @Test func nobodyKeepsTheOthersOutAlone() {
    let count = ConnectionCount(limit: 256)
    #expect(opened(count, .user(1000)) == 128)
    #expect(opened(count, .network) == 64)
    #expect(opened(count, .user(1001)) == 0)
    #expect(opened(count, .owner) == 64)
    #expect(count.value == 256)
    count.end(.network)
    #expect(!count.begin(.user(1000)))
    #expect(count.begin(.user(1001)))
    for _ in 0..<64 { count.end(.owner) }
    #expect(count.value == 192)
    #expect(!count.begin(.network))
  }

  @Test func ownerMayTakeThemAll() {
    let count = ConnectionCount(limit: 256)
    #expect(opened(count, .owner) == 256)
    #expect(!count.begin(.network))
    count.end(.owner)
    #expect(count.begin(.network))
  }
}
