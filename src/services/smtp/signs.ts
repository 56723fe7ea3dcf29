import type { ServiceSigns } from '../../core/registry.ts';

/** Loaded with the list of built-in services, so it imports nothing. */
export const smtpSigns: ServiceSigns = {
  defaultName: 'mail',
  schemes: ['smtp', 'smtps'],
  npm: ['nodemailer', '@nestjs-modules/mailer', 'emailjs', 'fastify-mailer', 'email-templates'],
  pypi: ['aiosmtplib', 'fastapi-mail', 'fastapi-mailman', 'flask-mail', 'flask-mailman', 'redmail', 'yagmail'],
  maven: [
    'org.springframework.boot:spring-boot-starter-mail',
    'io.quarkus:quarkus-mailer',
    'io.micronaut.email:micronaut-email-javamail',
    'io.vertx:vertx-mail-client',
    'org.simplejavamail:simple-java-mail',
    'org.simplejavamail:spring-module',
    'org.eclipse.angus:angus-mail',
    'org.eclipse.angus:jakarta.mail',
    'com.sun.mail:jakarta.mail',
    'com.sun.mail:javax.mail',
    'javax.mail:mail',
    'org.apache.commons:commons-email',
    'org.apache.commons:commons-email2-jakarta',
    'org.apache.commons:commons-email2-javax',
  ],
  go: [
    'github.com/wneessen/go-mail',
    'gopkg.in/gomail',
    'gopkg.in/mail',
    'github.com/go-mail/mail',
    'github.com/jordan-wright/email',
    'github.com/xhit/go-simple-mail',
  ],
  substitutes: [
    'com.icegreen:greenmail',
    'com.icegreen:greenmail-junit4',
    'com.icegreen:greenmail-junit5',
    'com.icegreen:greenmail-spring',
    'com.github.davidmoten:subethasmtp',
    'org.subethamail:subethasmtp',
  ],
};
