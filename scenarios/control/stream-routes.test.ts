import { expect, onTestFinished, test } from 'vitest';

import { startRehearsal } from '../testkit/start-rehearsal.ts';
import { call } from './testing/call-control.ts';

test('an open stream is listed, stepped, released and cut over HTTP', async () => {
  const rehearsal = await startRehearsal({
    scenario: { behaviour: { text: { given: 'Hello there, you two' } } },
    speed: 'instant',
  });
  onTestFinished(() => rehearsal.close());
  const answer = await fetch(`${rehearsal.endpoint}?prompt=a&fault=hold&test=t`);
  const listed = await call(rehearsal, 'GET', '/streams?test=t');
  expect(listed.body).toMatchObject({ streams: [{ test: 't', isHeld: true, chars: 0 }] });
  const { streams } = listed.body as { streams: { id: string }[] };
  const act = (action: string, body = '{}') =>
    call(rehearsal, 'POST', `/streams/${streams[0]?.id}/${action}`, body);
  expect((await act('step')).body).toMatchObject({ chars: 5, isHeld: true });
  expect((await act('until', '{"at": {"chars": 12}}')).body).toMatchObject({ chars: 12 });
  expect(await act('until', '{"at": {"chars": 2}}')).toMatchObject({
    status: 409,
    body: { error: expect.stringContaining('the stream is past it') },
  });
  expect(await act('step', '{"count": 0}')).toMatchObject({
    status: 400,
    body: { error: 'count: must be at least 1, not 0' },
  });
  expect(await act('fail', '{"fault": "stal"}')).toMatchObject({ status: 409 });
  expect((await act('cut', '{"by": "end"}')).body).toMatchObject({ end: 'cut' });
  expect(await answer.text()).toContain('"delta"');
  expect(await act('release')).toMatchObject({
    status: 404,
    body: {
      error: 'there is no open stream of this id (GET /__rehearsal/streams lists the open ones)',
    },
  });
  expect(await act('pause')).toMatchObject({
    status: 404,
    body: { error: expect.stringContaining('POST /streams/{id}/hold') },
  });
});
