import type { ServiceSigns } from '../../core/registry.ts';

/** Loaded with the list of built-in services, so it imports nothing. */
export const smtpSigns: ServiceSigns = {
  defaultName: 'mail',
  schemes: ['smtp', 'smtps'],
  npm: ['nodemailer', '@nestjs-modules/mailer', 'emailjs', 'fastify-mailer', 'email-templates'],
  pypi: ['aiosmtplib', 'fastapi-mail', 'fastapi-mailman', 'flask-mail', 'flask-mailman', 'redmail', 'yagmail'],
};
