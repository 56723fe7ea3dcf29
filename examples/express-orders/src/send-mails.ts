// Run by cron: sends the mails that are queued, and ends.
import { createTransport } from 'nodemailer';
import { sendQueuedMails } from './mailer.ts';
import { closeStores, openStores } from './stores.ts';

const stores = openStores();
try {
  await sendQueuedMails(stores.redis, createTransport(process.env.SMTP_URL));
} finally {
  await closeStores(stores);
}
